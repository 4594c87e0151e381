import type { ExportChunk, SessionExport } from '../contract/export.js'
import type { SessionDetail } from '../contract/session.js'
import { SessionsError } from '../errors.js'
import type { ServiceClient } from './service-client.js'

/** A transcript as a service sends it. How far it is can only be guessed: from its bytes and those of the transcript. */
export async function remoteExport(
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
