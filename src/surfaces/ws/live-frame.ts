import type { ChangeReason, LiveEvent, SessionsChanged } from '../../contract/live-event.js'
import type { Session } from '../../contract/session.js'
import { gatewayRow, type WsRow } from './row.js'

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
const rows = new WeakMap<Session, WsRow>()
const changes = new WeakMap<SessionsChanged, Buffer>()
const messages = new WeakMap<Said, Buffer>()

/** A message of a session, and its row. */
export type Said = Extract<LiveEvent, { type: 'session.message' }>

/** `sessions.changed` in both of OpenClaw's shapes: with a phase the row stands in `session` too, with a reason it does not. */
export function changedFrame(change: SessionsChanged): Buffer {
  const known = changes.get(change)
  if (known !== undefined) return known
  const { phase, reason, session, sessionKey, ts } = change
  const row = session === undefined ? null : wsRowOf(session)
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
  const shown = row === null ? {} : wsRowOf(row)
  return encode('sessions.changed', { ...shown, sessionKey, reason: 'reset', ts: Date.now() })
}

/** `session.message` with the row as it was told last. */
export function messageFrame(said: Said): Buffer {
  const known = messages.get(said)
  if (known !== undefined) return known
  const { message, messageId, messageSeq, sessionKey, ts } = said.data
  const row = said.row ? wsRowOf(said.row) : null
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
  messages.set(said, frame)
  return frame
}

/** A row in OpenClaw's names. */
export function wsRowOf(session: Session): WsRow {
  const known = rows.get(session)
  if (known !== undefined) return known
  const row = gatewayRow(session)
  rows.set(session, row)
  return row
}

/** An event frame as it goes over the wire. */
export function encode(event: string, payload: object): Buffer {
  return Buffer.from(JSON.stringify({ type: 'event', event, payload }))
}
