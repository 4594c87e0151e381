import { type DestinationStream, destination } from 'pino'

const STDERR = 2

/**
 * Where the log goes: standard error, so that standard output holds the start screen only. On a terminal it is made
 * readable when pino-pretty is installed.
 */
export async function logStream(isTerminal: boolean): Promise<DestinationStream> {
  // Written without waiting: a slow log must not hold up requests. What is buffered is flushed at exit.
  if (!isTerminal) return destination({ dest: STDERR, sync: false })
  try {
    const { PinoPretty } = await import('pino-pretty')
    return PinoPretty({ destination: STDERR, sync: true, translateTime: 'HH:MM:ss' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return destination({ dest: STDERR, sync: false })
  }
}
