import { setTimeout as delay } from 'node:timers/promises'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { SessionsError } from '../errors.js'

/** A service says something every 15 s at least; one that is silent for longer is gone, whatever its socket says. */
const SILENCE_MS = 45_000
const FIRST_WAIT_MS = 250
/** A service that restarts is back within seconds: longer waits would only be felt. */
const MAX_WAIT_MS = 5000

/** Opens the stream, after an event if there was one before. */
export type OpenStream = (
  lastEventId: string | undefined,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array>>

export interface ResumingOptions {
  readonly open: OpenStream
  readonly signal: AbortSignal
  /** Told in a sentence that the connection is lost, and that it is there again. */
  readonly onNote: (sentence: string) => void
  readonly silenceMs?: number
}

/**
 * The events of a stream, across breaks of its connection and restarts of its service, each asked for from where the one
 * before broke off. Throws what the first connection fails with, and later what waiting cannot mend.
 */
export async function* resuming({
  onNote,
  open,
  signal,
  silenceMs = SILENCE_MS,
}: ResumingOptions): AsyncGenerator<EventSourceMessage> {
  let lastEventId: string | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      for await (const event of oneConnection(open, lastEventId, signal, silenceMs)) {
        if (failures > 0) onNote('The connection is back.')
        failures = 0
        lastEventId = event.id ?? lastEventId
        yield event
      }
    } catch (error) {
      if (signal.aborted) return
      if (lastEventId === undefined || isFinal(error)) throw error
    }
    if (signal.aborted) return
    if (failures === 0) onNote('The connection is lost; it is tried again.')
    await pause(Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS), signal)
    failures++
  }
}

/** Of a service that understood and says no. One that is starting, busy or gone may be there in a moment. */
function isFinal(error: unknown): boolean {
  return error instanceof SessionsError && !error.retryable && error.status < 500
}

async function* oneConnection(
  open: OpenStream,
  lastEventId: string | undefined,
  signal: AbortSignal,
  silenceMs: number,
): AsyncGenerator<EventSourceMessage> {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silenceMs)
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const decoder = new TextDecoder()
  try {
    const chunks = await open(lastEventId, AbortSignal.any([signal, silent.signal]))
    for await (const chunk of chunks) {
      timer.refresh()
      parser.feed(decoder.decode(chunk, { stream: true }))
      yield* events.splice(0)
    }
  } finally {
    clearTimeout(timer)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
