import type { TrajectoryEvent } from '../../../contract/trajectory.js'
import { isFields, numberOf, textOf, timeOf } from '../format/fields.js'
import type { Line } from '../format/line.js'

/** Fields of the envelope that are texts where they are there at all. */
const TEXTS = ['sessionKey', 'runId', 'workspaceDir', 'provider', 'modelId', 'modelApi'] as const

/**
 * The event that a line of a recording is: `other` when it is of another session, `null` when it is none. A field of the
 * envelope that is not what it should be is left out. Source: formats 2026.5 §2.
 */
export function runtimeEvent(
  { cut, fields }: Pick<Line, 'cut' | 'fields'>,
  sessionId: string,
): TrajectoryEvent | 'other' | null {
  const { data, schemaVersion, source, traceSchema } = fields
  const [id, seq, ts, type] = [
    textOf(fields.sessionId),
    numberOf(fields.seq),
    textOf(fields.ts),
    textOf(fields.type),
  ]
  if (traceSchema !== 'openclaw-trajectory' || schemaVersion !== 1 || source !== 'runtime')
    return null
  if (id === null || seq === null || ts === null || type === null) return null
  if (timeOf(ts) === null || (data !== undefined && !isFields(data))) return null
  if (id !== sessionId) return 'other'
  return {
    traceSchema,
    schemaVersion,
    traceId: textOf(fields.traceId) ?? id,
    source,
    type,
    ts,
    seq,
    ...(numberOf(fields.sourceSeq) === null ? {} : { sourceSeq: fields.sourceSeq as number }),
    sessionId: id,
    ...textsOf(fields),
    ...(data === undefined ? {} : { data }),
    ...(cut ? { truncated: true } : {}),
  }
}

function textsOf(fields: Line['fields']): Partial<Record<(typeof TEXTS)[number], string>> {
  return Object.fromEntries(
    TEXTS.map((name) => [name, fields[name]]).filter(([, value]) => typeof value === 'string'),
  )
}

/** The report on the system prompt never leaves a store. The same event where there is none. */
export function withoutReport(event: TrajectoryEvent): TrajectoryEvent {
  const prompting = event.data?.prompting
  if (!isFields(prompting) || !('systemPromptReport' in prompting)) return event
  const { systemPromptReport: _, ...rest } = prompting
  return { ...event, data: { ...event.data, prompting: rest } }
}
