import { hash } from 'node:crypto'
import type { LiveEvent } from '../../../contract/live-event.js'
import { EXAMPLE_LIST, EXAMPLE_PAGE } from './examples.js'

/** An event as it may come, and what brings it about. */
export interface EventExample {
  readonly title: string
  readonly when: string
  readonly event: LiveEvent
}

/** Ids say nothing: these are as good as any. */
const idOf = (n: number) => `${hash('sha256', `event ${n}`, 'base64url').slice(0, 21)}A`
const TS = 1795237950000
const [SESSION] = EXAMPLE_LIST.sessions
const [MESSAGE] = EXAMPLE_PAGE.messages
if (SESSION === undefined || MESSAGE === undefined) throw new TypeError('examples without content')
const { key: sessionKey } = SESSION
const ENDED = {
  ...SESSION,
  status: 'done',
  statusReason: 'The last run ended.',
  active: true,
} as const

/** One of every kind of event, in the order of a stream that has them all. */
export const EVENT_EXAMPLES: readonly EventExample[] = [
  {
    title: 'The stream begins',
    when: 'At once, and again as a sign of life. Its id keeps the place of a client that nothing else is sent to.',
    event: { type: 'tick', id: idOf(41), data: { ts: TS } },
  },
  {
    title: 'A session appears',
    when: 'It is new, matches the filters from now on, or has come into the sight of the token.',
    event: {
      type: 'sessions.changed',
      id: idOf(42),
      data: { sessionKey, reason: 'created', session: SESSION, ts: TS + 10 },
    },
  },
  {
    title: 'A row changes',
    when: 'Any field of the row is another, and no `phase` says it better. A busy session has a few of these a second, the last of them with the newest row. Time alone (`age`, `active`) sends nothing.',
    event: {
      type: 'sessions.changed',
      id: idOf(43),
      data: { sessionKey, reason: 'changed', session: SESSION, ts: TS + 20 },
    },
  },
  {
    title: 'A run starts, or ends',
    when: '`start`, `end`, and `error` when it failed, ran out of time or is stuck. Never held back.',
    event: {
      type: 'sessions.changed',
      id: idOf(44),
      data: { sessionKey, phase: 'end', session: ENDED, ts: TS + 30 },
    },
  },
  {
    title: 'Messages were appended',
    when: 'The counts of the row say so; for any session, selected or not.',
    event: {
      type: 'sessions.changed',
      id: idOf(45),
      data: { sessionKey, phase: 'message', session: SESSION, ts: TS + 40 },
    },
  },
  {
    title: 'An operator acts',
    when: 'After `pause`, `resume`, `stop` or `kill` was seen to be done; a kill tells of every session whose run it ended.',
    event: {
      type: 'sessions.changed',
      id: idOf(46),
      data: { sessionKey, reason: 'kill', session: { ...ENDED, status: 'killed' }, ts: TS + 50 },
    },
  },
  {
    title: 'A session goes away',
    when: 'It was deleted, no longer matches the filters, or has left the sight of the token.',
    event: {
      type: 'sessions.changed',
      id: idOf(47),
      data: { sessionKey, reason: 'deleted', ts: TS + 60 },
    },
  },
  {
    title: 'A message of a selected session',
    when: 'Every message appended to a session that `messages` names, whoever wrote it; tool results with `includeTools=1`.',
    event: {
      type: 'session.message',
      id: idOf(48),
      data: {
        sessionKey,
        message: MESSAGE,
        messageId: MESSAGE.__openclaw.id ?? null,
        messageSeq: MESSAGE.__openclaw.seq,
        ts: TS + 70,
      },
    },
  },
  {
    title: 'Messages of one session were missed',
    when: 'Its transcript was replaced, cut or rewritten, or (`not_followed`) nobody had selected it since the place that the stream began at. Read its history again; the stream goes on.',
    event: {
      type: 'reset',
      id: idOf(49),
      data: { reason: 'not_followed', sessionKey },
    },
  },
  {
    title: 'The place is gone',
    when: '`restarted`: the id is of another process, or none. `too_far_behind`: the log no longer holds it. `slow_consumer`: the client read too slowly. List again; the stream goes on from here.',
    event: { type: 'reset', id: idOf(112), data: { reason: 'slow_consumer' } },
  },
]

/** The examples as they are on the wire. */
export function wireText({ data, id, type }: LiveEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A short stream. */
export const EXAMPLE_EVENT_STREAM = `retry: 1000\n\n${EVENT_EXAMPLES.map(({ event }) => event)
  .filter(({ type }) => type !== 'reset')
  .map(wireText)
  .join('')}`
