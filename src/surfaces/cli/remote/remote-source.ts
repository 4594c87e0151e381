import type { EventSourceMessage } from 'eventsource-parser'
import { FollowEvent } from '../../../contract/event.js'
import type { ExportChunk, SessionExport } from '../../../contract/export.js'
import { LiveEvent } from '../../../contract/live-event.js'
import type { SessionDetail } from '../../../contract/session.js'
import { TrajectoryFollowEvent } from '../../../contract/trajectory.js'
import { SessionsError } from '../../../errors.js'
import { parseJson } from '../../../system/well-formed.js'
import type { SessionSource } from '../session-source.js'
import { pathSegment } from '../shell.js'
import { resuming } from './resuming.js'
import { ServiceClient } from './service-client.js'

export interface RemoteOptions {
  readonly url: string
  readonly token: string | undefined
  /** Told in a sentence what happens to a connection that lasts. */
  readonly onNote: (sentence: string) => void
}

/** The sessions of a running service, as far as its token may see them. Throws `invalid_parameter` for a bad URL. */
export function remoteSource({ onNote, token, url }: RemoteOptions): SessionSource {
  const client = new ServiceClient(url, token)
  const of = (key: string) => `/api/sessions/${pathSegment(key)}`
  const streamed = (path: string, query: object, signal: AbortSignal) =>
    resuming({
      open: (lastEventId, signal) =>
        client.body(path, { query: searchOf(query), lastEventId, signal }),
      signal,
      onNote,
    })
  return {
    where: client.url,
    exposures: [],
    list: (query) => client.json('GET', '/api/sessions', { query: searchOf(query) }),
    get: (key) => client.json('GET', of(key)),
    history: (key, query) => client.json('GET', `${of(key)}/history`, { query: searchOf(query) }),
    export: (key, query) => remoteExport(client, of(key), searchOf(query)),
    follow: (key, query, signal) =>
      read(FollowEvent, streamed(`${of(key)}/history`, { ...query, follow: true }, signal)),
    trajectory: (key, query) =>
      client.json('GET', `${of(key)}/trajectory`, { query: searchOf(query) }),
    followTrajectory: (key, { after, ...query }, signal) => {
      const asked = { ...query, follow: true, last_event_id: after }
      return read(TrajectoryFollowEvent, streamed(`${of(key)}/trajectory`, asked, signal))
    },
    events: ({ after, ...query }, signal) =>
      read(LiveEvent, streamed('/api/events', { ...query, last_event_id: after }, signal)),
    control: (body) => client.json('POST', '/api/sessions/control', { body }),
    diagnose: (key) => client.json('GET', `${of(key)}/diagnose`),
    capabilities: () => client.json('GET', '/api/capabilities'),
    cleanup: (body) => client.json('POST', '/api/sessions/cleanup', { body }),
    compact: (key, body, timeoutMs) =>
      client.json('POST', `${of(key)}/compact`, { body, timeoutMs }),
    exportTrajectory: async () => {
      throw new SessionsError(
        'invalid_parameter',
        '--url: a bundle is made of the files of this machine; name their directory with --state-dir.',
      )
    },
    archive: (key) => client.json('POST', `${of(key)}/archive`),
    delete: (key) => client.json('DELETE', of(key)),
    stores: async () => [],
    close: async () => {},
  }
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

interface EventSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/** Events of a newer service that are not known here are passed over. */
async function* read<T>(
  schema: EventSchema<T>,
  events: AsyncIterable<EventSourceMessage>,
): AsyncGenerator<T> {
  for await (const { data, event, id } of events) {
    const known = schema.safeParse({ type: event, id, data: parseJson(data) })
    if (known.success) yield known.data
  }
}

/** A transcript as a service sends it. How far it is can only be guessed: from its bytes and those of the transcript. */
async function remoteExport(
  client: ServiceClient,
  path: string,
  query: URLSearchParams,
): Promise<SessionExport> {
  const { previousTranscripts = [], transcript } = await client.json<SessionDetail>('GET', path)
  const previous = previousTranscripts.find(({ sessionId }) => sessionId === query.get('sessionId'))
  const body = await client.body(`${path}/export`, { query })
  return { total: (previous ?? transcript).bytes, chunks: chunksOf(body, client.url) }
}

async function* chunksOf(
  body: AsyncIterable<Uint8Array>,
  url: string,
): AsyncGenerator<ExportChunk> {
  const decoder = new TextDecoder()
  let done = 0
  try {
    for await (const bytes of body) {
      done += bytes.length
      yield { text: decoder.decode(bytes, { stream: true }), done }
    }
  } catch (cause) {
    throw new SessionsError(
      'unavailable',
      `The service at ${url} broke off: what came out is not whole, try again.`,
      { cause },
    )
  }
}
