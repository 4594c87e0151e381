import type {
  EventReset,
  LiveEvent,
  RunStep,
  SessionMessage,
  SessionsChanged,
} from '../../../contract/live-event.js'
import type { Session } from '../../../contract/session.js'
import type { ListedRow } from '../../list/listed-row.js'
import { isLive } from '../../rows/status.js'
import { minuteOf } from '../../rows/times.js'
import { redactMessage } from '../../visibility/redaction.js'
import { showRow } from '../../visibility/view.js'
import type { LogEntry, MessageLogged, RowsMoved, TranscriptLost } from './log-entry.js'
import type { RowSnapshot } from './row-snapshot.js'
import type { EventVariant } from './variant.js'

export interface RenderingOptions {
  readonly activeWindowMinutes: number
  /** The id of the place after entry `n`, or (`partial`) in the middle of it. */
  readonly idOf: (n: number, partial?: boolean) => string
}

interface Shown {
  readonly row: ListedRow
  readonly snapshot: RowSnapshot
}

type Said = Pick<SessionsChanged, 'reason' | 'phase'>

/** Makes an entry into what a variant is told of it; nothing for most of those who may not see it, or do not want it. */
export class Rendering {
  readonly #options: RenderingOptions

  constructor(options: RenderingOptions) {
    this.#options = options
  }

  /** The same objects whenever the same is asked for. */
  of(entry: LogEntry, variant: EventVariant): readonly LiveEvent[] {
    const known = entry.told.get(variant.name)
    if (known !== undefined) return known
    const events = this.#make(entry, variant)
    entry.told.set(variant.name, events)
    return events
  }

  /** What a row says to a variant, whether it asks for it or not. */
  textOf(snapshot: RowSnapshot, variant: EventVariant, atMs: number): string {
    const row = { key: snapshot.kept.key, kept: snapshot.kept, row: snapshot.row }
    return JSON.stringify(this.#show({ snapshot, row }, variant, atMs))
  }

  #make(entry: LogEntry, variant: EventVariant): LiveEvent[] {
    const { happening, n } = entry
    if (happening.kind === 'rows') return this.#numbered(n, this.#rows(entry, happening, variant))
    const shown = variant.list(happening.seenAs).get(happening.key)
    if (!wantsTranscript(variant, happening, shown !== undefined)) return []
    const row = shown === undefined ? null : this.#show(shown, variant, entry.atMs)
    if (happening.kind === 'lost') return [this.#lost(n, happening, row)]
    if (happening.tool && !variant.includeTools) return []
    const id = this.#options.idOf(n)
    return [{ type: 'session.message', id, data: messageData(entry, happening, variant), row }]
  }

  #lost(n: number, { key, reason }: TranscriptLost, row: Session | null): LiveEvent {
    const data: EventReset = { reason, sessionKey: key }
    return { type: 'reset', id: this.#options.idOf(n), data, row }
  }

  /** Only the last event of an entry has its whole id: a client that goes away between two of them is told both again. */
  #numbered(n: number, changes: readonly SessionsChanged[]): LiveEvent[] {
    const { idOf } = this.#options
    const last = changes.length - 1
    return changes.map((data, at) => ({
      type: 'sessions.changed',
      id: idOf(n, at < last),
      data,
    }))
  }

  #rows({ atMs }: LogEntry, moved: RowsMoved, variant: EventVariant): SessionsChanged[] {
    const before = [moved.was, ...(moved.between ?? [])].map((rows) => variant.list(rows))
    const is = variant.list(moved.is)
    const gone = new Set(before.flatMap((shown) => [...shown.keys()]).filter((key) => !is.has(key)))
    const changes = [...gone].map(
      (sessionKey): SessionsChanged => ({ sessionKey, reason: 'deleted', ts: atMs }),
    )
    for (const [sessionKey, shown] of is) {
      const show = (one: Shown | undefined) => one && this.#show(one, variant, atMs)
      const states = before.map((rows) => show(rows.get(sessionKey)))
      const session = this.#show(shown, variant, atMs)
      const said = controlOf(moved, shown) ?? say(states, session, moved.between === null)
      if (said !== null) changes.push({ sessionKey, ...said, session, ts: atMs })
    }
    return changes
  }

  #show({ snapshot, row }: Shown, variant: EventVariant, atMs: number): Session {
    const view = {
      grant: variant.grant,
      sight: variant.sightOf(snapshot),
      nowMs: minuteOf(atMs),
      activeWindowMinutes: this.#options.activeWindowMinutes,
    }
    return { ...showRow(row.row, view), key: row.key }
  }
}

/** A session that goes by several names is one of the list's, and its messages come once, with that. */
function wantsTranscript(
  variant: EventVariant,
  happening: MessageLogged | TranscriptLost,
  isListed: boolean,
): boolean {
  const { key, kind, seenAs } = happening
  if (variant.messages.has(key))
    return seenAs.some((snapshot) => snapshot.kept.key === key && variant.sees(snapshot))
  if (!variant.everyMessage || !isListed) return false
  return kind === 'message' || !happening.isBeginning
}

function controlOf({ control }: RowsMoved, { row }: Shown): Said | null {
  if (control === null || ![row.key, row.kept.key].includes(control.key)) return null
  return { reason: control.action }
}

/** `null` when there is no news for this variant: a hint at what it may not see would be one. */
function say(states: readonly (Session | undefined)[], is: Session, always: boolean): Said | null {
  const [was] = states
  if (was === undefined) return { reason: 'created' }
  const text = JSON.stringify(is)
  if (!always && states.every((state) => JSON.stringify(state) === text)) return null
  const phase = runStepOf(was, is)
  return phase === null ? { reason: 'changed' } : { phase }
}

function messageData(
  entry: LogEntry,
  { data }: MessageLogged,
  variant: EventVariant,
): SessionMessage {
  const { redact } = variant.grant
  return { ...data, message: redactMessage(data.message, redact), ts: entry.atMs }
}

/** States in which a run has ended, or stands still, with nothing to show for it. */
const FAILURES: ReadonlySet<string> = new Set(['failed', 'timeout', 'stuck'])

/** What happened to the run between two rows of a session; `null`: nothing that a row can tell. */
function runStepOf(was: Session, is: Session): RunStep | null {
  const [wasLive, isLiveNow] = [isLive(was.status), isLive(is.status)]
  if (isLiveNow && (!wasLive || isAnother(was, is))) return 'start'
  if (!isLiveNow && (wasLive || isAnother(was, is)))
    return FAILURES.has(is.status) ? 'error' : 'end'
  return messagesOf(is) > messagesOf(was) && was.userMessages !== null ? 'message' : null
}

/** A run so short that only its end was seen. */
function isAnother(was: Session, is: Session): boolean {
  return is.startedAt !== null && was.startedAt !== null && is.startedAt > was.startedAt
}

function messagesOf({ assistantMessages, toolUses, userMessages }: Session): number {
  return (userMessages ?? 0) + (assistantMessages ?? 0) + (toolUses ?? 0)
}
