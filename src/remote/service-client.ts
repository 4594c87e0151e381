import * as z from 'zod'
import { ERRORS, type ErrorCode, SessionsError } from '../errors.js'

/** What is sent beside method and path. */
export interface RequestFacts {
  readonly query?: URLSearchParams
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** The event to go on after. */
  readonly lastEventId?: string | undefined
}

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Asks a running service, and turns its refusals into the errors that they were there. */
export class ServiceClient {
  readonly url: string
  readonly #token: string | undefined

  /** Throws `invalid_parameter` for what is no `http` URL. */
  constructor(url: string, token: string | undefined) {
    this.url = baseOf(url)
    this.#token = token
  }

  async json<T>(method: string, path: string, facts: RequestFacts = {}): Promise<T> {
    const response = await this.#send(method, path, facts)
    return (await readJson(response, this.url)) as T
  }

  /** A JSON answer as it was sent, with its entity tag. */
  async answer(
    path: string,
    query: URLSearchParams,
  ): Promise<{ bytes: Uint8Array; etag: string | null }> {
    const response = await this.#send('GET', path, { query })
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      etag: response.headers.get('etag'),
    }
  }

  /** The chunks of an answer that is read while it comes. */
  async body(path: string, facts: RequestFacts): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#send('GET', path, facts)
    if (body === null) throw notOurs(this.url, 'an empty answer')
    return body
  }

  async #send(
    method: string,
    path: string,
    { body, lastEventId, query, signal }: RequestFacts,
  ): Promise<Response> {
    const search = query === undefined || query.size === 0 ? '' : `?${query}`
    const response = await fetch(`${this.url}${path}${search}`, {
      method,
      redirect: 'error',
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      throw this.#unreachable(cause)
    })
    if (!response.ok) throw await this.#refusal(response)
    return response
  }

  #unreachable(cause: unknown): SessionsError {
    const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
    return new SessionsError(
      'unavailable',
      `The service at ${this.url} cannot be reached (${code ?? message}): start it with \`openclaw-sessions serve\`, or check --url.`,
      { cause },
    )
  }

  async #refusal(response: Response): Promise<SessionsError> {
    const refusal = Refusal.safeParse(await readJson(response, this.url))
    if (!refusal.success) return notOurs(this.url, `status ${response.status}`)
    const { code, message } = refusal.data.error
    const known = code in ERRORS ? (code as ErrorCode) : 'internal'
    const hint =
      response.status === 401 && this.#token === undefined
        ? ' Give it one with --token, or SESSIONS_API_TOKEN.'
        : ''
    return new SessionsError(known, `${message}${hint}`)
  }
}

async function readJson(response: Response, url: string): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    throw notOurs(url, `status ${response.status} and no JSON`, cause)
  }
}

function notOurs(url: string, answer: string, cause?: unknown): SessionsError {
  return new SessionsError(
    'unavailable',
    `${url} answers with ${answer}, as this service does not: check --url.`,
    { cause },
  )
}

/** Without a slash at its end, with the prefix that the service may be mounted at. */
function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  throw new SessionsError(
    'invalid_parameter',
    `--url: it takes the http or https address of a service, without credentials, such as http://127.0.0.1:18790.`,
  )
}
