import type { TrajectoryEvent } from '../../../src/contract/trajectory.js'

export const KEY = 'agent:main:main'

/** An event of a recording. */
export function recordedEvent(seq: number, fields: Partial<TrajectoryEvent> = {}): TrajectoryEvent {
  return {
    traceSchema: 'openclaw-trajectory',
    schemaVersion: 1,
    traceId: 's1',
    source: 'runtime',
    type: 'prompt.submitted',
    ts: new Date(Date.UTC(2026, 10, 21, 5) + seq).toISOString(),
    seq,
    sessionId: 's1',
    data: { prompt: `secret ${seq}` },
    ...fields,
  }
}
