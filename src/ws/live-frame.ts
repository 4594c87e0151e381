import type { ChangeReason, SessionMessage, SessionsChanged } from '../contract/live-event.js'
import type { Session } from '../contract/session.js'
import { type GatewayRow, gatewayRow } from './row.js'

/** OpenClaw's words for why a row is told. Source: formats 2026.4 §8. */
const REASONS: Record<ChangeReason, string> = {
  created: 'create',
  changed: 'patch',
  deleted: 'delete',
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  kill: 'abort',
}

/** Rows of one variant are the same object for all who get them: each is mapped, and each event encoded, once. */
const rows = new WeakMap<Session, GatewayRow>()
const changes = new WeakMap<SessionsChanged, Buffer>()
const messages = new WeakMap<SessionMessage, WeakMap<object, Buffer>>()

const NO_ROW = {}

/** `sessions.changed` in both of OpenClaw's shapes: with a phase the row stands in `session` too, with a reason it does not. */
export function changedFrame(change: SessionsChanged): Buffer {
  const known = changes.get(change)
  if (known !== undefined) return known
  const { phase, reason, session, sessionKey, ts } = change
  const row = session === undefined ? null : rowOf(session)
  const frame = encode('sessions.changed', {
    ...row,
    sessionKey,
    ...(phase === undefined ? { reason: REASONS[reason ?? 'changed'] } : { phase }),
    ts,
    ...(phase === undefined || row === null ? {} : { session: row }),
  })
  changes.set(change, frame)
  return frame
}

/** A transcript began anew: what a client holds of it is no longer true. */
export function resetFrame(sessionKey: string, row: Session | null): Buffer {
  const shown = row === null ? {} : rowOf(row)
  return encode('sessions.changed', { ...shown, sessionKey, reason: 'reset', ts: Date.now() })
}

/** `session.message` with the row as it was known last. */
export function messageFrame(appended: SessionMessage, session: Session | null): Buffer {
  const byRow = messages.get(appended) ?? new WeakMap<object, Buffer>()
  messages.set(appended, byRow)
  const known = byRow.get(session ?? NO_ROW)
  if (known !== undefined) return known
  const { message, messageId, messageSeq, sessionKey, ts } = appended
  const row = session === null ? null : rowOf(session)
  const frame = encode('session.message', {
    ...row,
    sessionKey,
    ...(row === null ? {} : { agentId: row.agentId }),
    message,
    ...(messageId === null ? {} : { messageId }),
    messageSeq,
    ts,
    ...(row === null ? {} : { session: row }),
  })
  byRow.set(session ?? NO_ROW, frame)
  return frame
}

function rowOf(session: Session): GatewayRow {
  const known = rows.get(session)
  if (known !== undefined) return known
  const row = gatewayRow(session)
  rows.set(session, row)
  return row
}

function encode(event: string, payload: object): Buffer {
  return Buffer.from(JSON.stringify({ type: 'event', event, payload }))
}
