import { ageText } from '../contract/cleanup.js'
import { FollowEvent } from '../contract/event.js'
import type { Follower } from '../contract/follow.js'
import type { HistoryPage } from '../contract/history.js'
import { LiveEvent } from '../contract/live-event.js'
import type { Capabilities, ListAnswer, SessionManager } from '../contract/manager.js'
import type { SessionDetail, SessionList } from '../contract/session.js'
import { TrajectoryFollowEvent, type TrajectoryPage } from '../contract/trajectory.js'
import { SessionsError } from '../errors.js'
import { parseJson } from '../system/well-formed.js'
import { remoteExport } from './remote-export.js'
import { type EventSchema, remoteFollower } from './remote-follower.js'
import { resuming } from './resuming.js'
import { ServiceClient } from './service-client.js'

export interface RemoteOptions {
  readonly url: string
  readonly token: string | undefined
  /** Told in a sentence what happens to a connection that lasts. */
  readonly onNote: (sentence: string) => void
}

/**
 * The sessions of a running service, as far as its token may see them: the grant of a call is not looked at. Followers go
 * on by themselves when their connection breaks. Throws `invalid_parameter` for a bad URL.
 */
export function remoteManager({ onNote, token, url }: RemoteOptions): SessionManager {
  const client = new ServiceClient(url, token)
  const of = (key: string) => `/api/sessions/${encodeURIComponent(key)}`
  const read = <T>(path: string, query: object = {}) =>
    client.json<T>('GET', path, { query: searchOf(query) })
  const write = <T>(method: string, path: string, body?: object) =>
    client.json<T>(method, path, body === undefined ? {} : { body })
  const follow = <T>(
    schema: EventSchema<T>,
    path: string,
    { after, ...query }: { readonly after?: string | undefined },
    signal: AbortSignal,
  ): Promise<Follower<T>> => {
    const search = searchOf({ ...query, last_event_id: after })
    const open = (lastEventId: string | undefined, signal: AbortSignal) =>
      client.body(path, { query: search, lastEventId, signal })
    return remoteFollower(schema, resuming({ open, signal, onNote }), after === undefined)
  }
  const capabilities = () => read<Capabilities>('/api/capabilities')
  return {
    list: async (query) => answerOf(await client.answer('/api/sessions', searchOf(query))),
    get: (key) => read<SessionDetail>(of(key)),
    resolve: async (key) => (await read<SessionDetail>(of(key))).session.key,
    history: (key, query) => read<HistoryPage>(`${of(key)}/history`, query),
    follow: (key, query, _grant, signal) =>
      follow(FollowEvent, `${of(key)}/history`, { ...query, ...FOLLOW }, signal),
    trajectory: (key, query) => read<TrajectoryPage>(`${of(key)}/trajectory`, query),
    followTrajectory: (key, query, _grant, signal) =>
      follow(TrajectoryFollowEvent, `${of(key)}/trajectory`, { ...query, ...FOLLOW }, signal),
    events: (query, _grant, signal) => follow(LiveEvent, '/api/events', query, signal),
    export: (key, query) => remoteExport(client, of(key), searchOf(query)),
    exportTrajectory: async () => {
      throw new SessionsError(
        'invalid_parameter',
        '--url: a bundle is made of the files of this machine; name their directory with --state-dir.',
      )
    },
    control: (key, request) => write('POST', `${of(key)}/control`, request),
    kill: (key) => write('POST', `${of(key)}/kill`),
    controlMany: (request) => write('POST', '/api/sessions/control', request),
    cleanup: ({ age, ...request }) =>
      write('POST', '/api/sessions/cleanup', {
        ...request,
        ...(age === undefined ? {} : { age: ageText(age) }),
      }),
    patch: (key, fields) => write('PATCH', of(key), fields),
    compact: (key, request) => write('POST', `${of(key)}/compact`, request),
    archive: (key) => write('POST', `${of(key)}/archive`),
    delete: (key) => write('DELETE', of(key)),
    diagnose: (key) => read(`${of(key)}/diagnose`),
    capabilities,
    health: async () => {
      const sources = (await capabilities()).stores
      return { ok: sources.some(({ status }) => status !== 'down'), sources }
    },
    close: async () => {},
  }
}

const FOLLOW = { follow: true }

function answerOf({ bytes, etag }: { bytes: Uint8Array; etag: string | null }): ListAnswer {
  const list = parseJson(new TextDecoder().decode(bytes)) as SessionList
  const { eventId, nextCursor } = list
  return { etag: etag ?? '', eventId, nextCursor, page: () => list, bytes: () => bytes }
}

/** Lists are joined by commas, as every filter of the service takes them. */
function searchOf(query: object): URLSearchParams {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    if (typeof value === 'boolean') search.set(name, value ? '1' : '0')
    else search.set(name, Array.isArray(value) ? value.join(',') : String(value))
  }
  return search
}
