import { SessionsError } from '../../../errors.js'
import type { ByteSource } from '../../jsonl/byte-source.js'
import type { Span } from '../../jsonl/span-reader.js'
import { type Fields, isFields, numberOf, timeOf } from '../format/fields.js'
import { rowsOf } from './rows.js'
import type { Warnings } from './warnings.js'

/** Events that a bundle may have: their places and times are in memory at once. As many as OpenClaw exports. */
const MAX_EVENTS = 200_000

/** Where an event is, and what it is sorted by. */
export interface EventPlace {
  readonly span: Span
  readonly ts: string
  readonly order: number
}

/** The model of the newest event that names one. */
export interface UsedModel {
  readonly provider: unknown
  readonly name: unknown
  readonly api: unknown
}

/** What one pass over a recording finds. */
export interface RecordingScan {
  readonly events: readonly EventPlace[]
  /** The newest event of each type. */
  readonly latest: ReadonlyMap<string, Span>
  /** Events that submit a prompt. */
  readonly prompts: readonly Span[]
  readonly model: UsedModel | undefined
}

export const NO_RECORDING: RecordingScan = {
  events: [],
  latest: new Map(),
  prompts: [],
  model: undefined,
}

/** Finds the events of a session in a recording. Throws `impossible_state` when there are too many. */
export async function scanRecording(
  source: ByteSource,
  size: number,
  sessionId: string,
  warnings: Warnings,
): Promise<RecordingScan> {
  const events: EventPlace[] = []
  const latest = new Map<string, Span>()
  const prompts: Span[] = []
  let model: UsedModel | undefined
  for await (const { fields, number, span } of rowsOf(source, size)) {
    if (fields === null) warnings.add('invalid-runtime-json', number)
    else if (!isRuntimeEvent(fields)) warnings.add('invalid-runtime-event', number)
    else if (fields.sessionId === sessionId) {
      assertRoom(events.length)
      events.push({ span, ts: fields.ts, order: numberOf(fields.sourceSeq) ?? fields.seq })
      latest.set(fields.type, span)
      if (fields.type === 'prompt.submitted') prompts.push(span)
      model = modelOf(fields) ?? model
    }
  }
  return { events, latest, prompts, model }
}

type RuntimeEvent = Fields & { readonly type: string; readonly ts: string; readonly seq: number }

function isRuntimeEvent(fields: Fields): fields is RuntimeEvent {
  const { data, schemaVersion, seq, sessionId, source, traceSchema, ts, type } = fields
  const isOurs = traceSchema === 'openclaw-trajectory' && schemaVersion === 1
  const isPlaced = typeof ts === 'string' && timeOf(ts) !== null && numberOf(seq) !== null
  const isNamed = typeof type === 'string' && typeof sessionId === 'string'
  return (
    isOurs && source === 'runtime' && isPlaced && isNamed && (data === undefined || isFields(data))
  )
}

function modelOf({ modelApi, modelId, provider }: Fields): UsedModel | undefined {
  if (!provider && !modelId && !modelApi) return undefined
  return { provider, name: modelId, api: modelApi }
}

function assertRoom(count: number): void {
  if (count < MAX_EVENTS) return
  throw new SessionsError(
    'impossible_state',
    `What was recorded of this session has more than ${MAX_EVENTS} events, more than a bundle may have: export the session after its next reset.`,
  )
}
