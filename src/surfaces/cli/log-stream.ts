import type { Writable } from 'node:stream'
import type { DestinationStream } from 'pino'
import { readableLine } from './readable-log.js'
import { styleFor } from './style.js'

/** Lines that wait for a reader who is slow; beyond it they are dropped, or a reader who has stopped would fill the memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How long the reader of the log has at the end. A process that waited for one who has stopped would never end. */
const FLUSH_MS = 500

/** Where the log goes. Never throws and never waits: a reader who is slow, or gone, must not hold up the service. */
export interface LogStream extends DestinationStream {
  /** Resolves once all is written, the reader has gone, or half a second later. */
  flush(): Promise<void>
  /** Lets the lines out that waited for the start screen. */
  begin(): void
}

/**
 * Standard error, so that standard output holds the start screen only. Lines of JSON; on a terminal they are made readable,
 * and wait for `begin`, or the start screen would stand below or between them.
 */
export function logStream(output: NodeJS.WriteStream): LogStream {
  const stream = linesTo(output)
  if (!output.isTTY) return { ...stream, begin: () => {} }
  const style = styleFor(output)
  let waiting: string[] | null = []
  const begin = () => {
    for (const line of waiting ?? []) stream.write(readableLine(line, style))
    waiting = null
  }
  return {
    begin,
    write: (line) => {
      if (waiting === null) stream.write(readableLine(line, style))
      else waiting.push(line)
    },
    flush: () => {
      begin()
      return stream.flush()
    },
  }
}

/**
 * Lines leave together, at the end of a turn of the event loop. Not through pino's own destination: what its thread
 * writes to a pipe without a reader, or with one that has stopped reading, keeps the process from ending.
 */
function linesTo(output: Writable): Omit<LogStream, 'begin'> {
  let lines: string[] = []
  let waiting = 0
  let isGone = false
  const leave = () => {
    const text = lines.join('')
    lines = []
    waiting = 0
    if (!isGone && text !== '') output.write(text)
  }
  // There is no other place to report it. A disk that is full now may have room for the next lines.
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
