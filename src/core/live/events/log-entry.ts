import type { ControlAction } from '../../../contract/control.js'
import type { MessageAppended } from '../../../contract/event.js'
import type { LiveEvent } from '../../../contract/live-event.js'
import type { ResetReason } from '../../../contract/position.js'
import type { RowSnapshot } from './row-snapshot.js'
import type { Moved } from './sent-rows.js'

/** Rows that belong together (several keys of one session) before and after they moved. */
export interface RowsMoved extends Moved {
  readonly kind: 'rows'
  /** What an operator did to one of them; told even when the row says nothing new. */
  readonly control: { readonly key: string; readonly action: ControlAction } | null
}

/** A line of a transcript that somebody selected. `seenAs`, all rows of its session, decides who may know. */
export interface MessageLogged {
  readonly kind: 'message'
  readonly key: string
  readonly seenAs: readonly RowSnapshot[]
  readonly data: MessageAppended
  readonly tool: boolean
}

/** Messages of a selected transcript may have been missed. */
export interface TranscriptLost {
  readonly kind: 'lost'
  readonly key: string
  readonly seenAs: readonly RowSnapshot[]
  /** Only for those who named the session: a stream of all messages goes on without a gap. */
  readonly isBeginning: boolean
  readonly reason: ResetReason | 'not_followed'
}

export type Happening = RowsMoved | MessageLogged | TranscriptLost

/** Something that happened, at its place in the log. */
export interface LogEntry {
  readonly happening: Happening
  readonly n: number
  readonly atMs: number
  readonly bytes: number
  /** What it is to each variant that somebody wanted, made once. */
  readonly told: Map<string, readonly LiveEvent[]>
}

/** What a row holds on to, roughly: 60 fields, their texts, and the pedigree. */
const ROW_BYTES = 2048
const PLACE_BYTES = 256

/** Memory that an entry is counted with. */
export function bytesOf(happening: Happening): number {
  if (happening.kind === 'lost') return PLACE_BYTES
  if (happening.kind === 'rows') return PLACE_BYTES + ROW_BYTES * rowsOf(happening)
  return PLACE_BYTES + JSON.stringify(happening.data).length
}

function rowsOf({ between, is, was }: Moved): number {
  return was.length + is.length + (between ?? []).reduce((sum, rows) => sum + rows.length, 0)
}
