export const SESSION = '07158ab3-509b-4789-8534-cfc648a0a64a'
export const KEY = 'agent:main:main'

const START_MS = Date.UTC(2026, 10, 21, 5)

/** A line of a recording, as the gateway writes it. */
export function recorded(seq: number, fields: Readonly<Record<string, unknown>> = {}): string {
  const line = {
    traceSchema: 'openclaw-trajectory',
    schemaVersion: 1,
    traceId: SESSION,
    source: 'runtime',
    type: 'prompt.submitted',
    ts: new Date(START_MS + seq * 1000).toISOString(),
    seq,
    sourceSeq: seq,
    sessionId: SESSION,
    sessionKey: KEY,
    runId: 'run-1',
    data: { prompt: `secret ${seq}` },
    ...fields,
  }
  return `${JSON.stringify(line)}\n`
}

/** Lines `from` to `to`. */
export function recordedLines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, at) => recorded(from + at)).join('')
}

/** A pointer to a file, as the gateway writes it. */
export function pointerTo(runtimeFile: unknown, fields: object = {}): string {
  const pointer = {
    traceSchema: 'openclaw-trajectory-pointer',
    schemaVersion: 1,
    sessionId: SESSION,
    runtimeFile,
    ...fields,
  }
  return JSON.stringify(pointer, null, 2)
}
