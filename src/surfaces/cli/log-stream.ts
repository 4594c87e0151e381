import type { Writable } from 'node:stream'
import type { DestinationStream } from 'pino'

/** Lines that wait for a reader who is slow; beyond it they are dropped, or a reader who has stopped would fill the memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How long the reader of the log has at the end. A process that waited for one who has stopped would never end. */
const FLUSH_MS = 500

/** Where the log goes. Never throws and never waits: a reader who is slow, or gone, must not hold up the service. */
export interface LogStream extends DestinationStream {
  /** Resolves once all is written, nobody reads any more, or half a second later. */
  flush(): Promise<void>
}

/**
 * Standard error, so that standard output holds the start screen only. On a terminal it is made readable when pino-pretty
 * is installed.
 */
export async function logStream(output: NodeJS.WriteStream): Promise<LogStream> {
  const stream = linesTo(output)
  const pretty = output.isTTY ? await prettifier() : null
  if (pretty === null) return stream
  return { write: (line) => stream.write(pretty(line)), flush: () => stream.flush() }
}

/**
 * Lines leave together, at the end of a turn of the event loop. Not through pino's own destination: what its thread
 * writes to a pipe that nobody empties, or nobody has open any more, keeps the process from ending.
 */
function linesTo(output: Writable): LogStream {
  let lines: string[] = []
  let waiting = 0
  let isGone = false
  const leave = () => {
    const text = lines.join('')
    lines = []
    waiting = 0
    if (!isGone && text !== '') output.write(text)
  }
  // Nobody could be told it. A disk that is full now may have room for the next lines.
  output.on('error', ({ code }: NodeJS.ErrnoException) => {
    isGone = code !== 'ENOSPC'
  })
  return {
    write(line) {
      if (isGone || output.writableLength + waiting > MAX_WAITING_BYTES) return
      if (lines.push(line) === 1) setImmediate(leave)
      waiting += line.length
    },
    flush() {
      leave()
      if (isGone || output.writableLength === 0) return Promise.resolve()
      return new Promise((resolve) => {
        setTimeout(resolve, FLUSH_MS)
        // Called once what was written before is out, or cannot be.
        output.write('', () => resolve())
      })
    },
  }
}

async function prettifier(): Promise<((line: string) => string) | null> {
  try {
    const { prettyFactory } = await import('pino-pretty')
    return prettyFactory({ translateTime: 'HH:MM:ss' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  }
}
