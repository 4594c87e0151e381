import { MAX_LIST_LIMIT, type SessionList } from '../../../contract/session.js'
import { ServiceClient } from '../../../remote/service-client.js'
import type { Machine } from '../machine.js'
import { overridesOf, type SourceOptions } from '../source-options.js'

/** What completion knows of a session. */
export interface KnownSession {
  readonly key: string
  readonly agent: string
  readonly displayName: string | null
}

export interface KnownSessions {
  readonly sessions: readonly KnownSession[]
  readonly agents: readonly string[]
}

/** A shell waits at Tab: after this long, which only a busy machine or a service that hangs takes, nothing is better. */
const WAIT_MS = 5000

/**
 * The sessions of a running service, narrowed to those that hold `typed`, or of a state directory, whose files are read and
 * nothing else: no gateway is asked, no file is made. Throws as the commands do.
 */
export async function knownSessions(
  machine: Machine,
  { store, ...source }: SourceOptions & { readonly store?: string },
  typed: string,
): Promise<KnownSessions> {
  const { token = machine.environmentToken(), url } = source
  const signal = AbortSignal.timeout(WAIT_MS)
  const { sessions, agents } =
    url === undefined
      ? await machine.stored(overridesOf(source), store, signal)
      : await ofService(new ServiceClient(url, token), typed, signal)
  return { sessions, agents: [...new Set([...sessions.map(({ agent }) => agent), ...agents])] }
}

async function ofService(
  client: ServiceClient,
  typed: string,
  signal: AbortSignal,
): Promise<KnownSessions> {
  const query = new URLSearchParams({ limit: String(MAX_LIST_LIMIT) })
  if (typed !== '') query.set('search', typed)
  const { sessions } = await client.json<SessionList>('GET', '/api/sessions', { query, signal })
  return { sessions, agents: [] }
}
