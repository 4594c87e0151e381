import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import { namedQuality } from './accept.js'
import type { BodyAnswer } from './answer.js'

// @fastify/compress would make a stream of every answer and compress it anew for each client: here a list is the same
// bytes for all who ask, and they are compressed once.

/** Smaller bodies fit one packet anyway. */
const MIN_BYTES = 1024
/** A page is made while somebody waits: the best quality would take fifty times as long, for a tenth less. */
const BROTLI = { params: { [zlib.BROTLI_PARAM_QUALITY]: 4 } }

const CODERS = {
  br: (bytes: Uint8Array) => promisify(brotliCompress)(bytes, BROTLI),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes),
}
type Coding = keyof typeof CODERS

/** Bodies that were compressed, for as long as their maker keeps them. */
const kept = new WeakMap<Uint8Array, Map<Coding, Promise<Uint8Array>>>()

/** The answer in the coding that the client likes best: JSON of some size, and never a stream. Source: RFC 9110 §12.5.3. */
export async function compressed(
  answer: BodyAnswer,
  acceptEncoding: string | string[] | undefined,
): Promise<BodyAnswer> {
  const coding = codingFor(acceptEncoding?.toString())
  if (coding === null || !isWorthIt(answer)) return answer
  const body = await encode(answer.body, coding)
  return { ...answer, headers: { ...answer.headers, 'content-encoding': coding }, body }
}

/** `*` is no wish for one of ours. */
function codingFor(acceptEncoding: string | undefined): Coding | null {
  const [br, gz] = [namedQuality(acceptEncoding, 'br'), namedQuality(acceptEncoding, 'gzip')]
  if (br === 0 && gz === 0) return null
  return br >= gz ? 'br' : 'gzip'
}

function isWorthIt(
  answer: BodyAnswer,
): answer is BodyAnswer & { readonly body: string | Uint8Array } {
  const { body, headers } = answer
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return false
  return Buffer.byteLength(body) >= MIN_BYTES && /\bjson\b/.test(headers['content-type'] ?? '')
}

function encode(body: string | Uint8Array, coding: Coding): Promise<Uint8Array> {
  if (typeof body === 'string') return CODERS[coding](Buffer.from(body))
  const codings = kept.get(body) ?? new Map<Coding, Promise<Uint8Array>>()
  kept.set(body, codings)
  const known = codings.get(coding)
  if (known !== undefined) return known
  const encoded = CODERS[coding](body)
  codings.set(coding, encoded)
  return encoded
}
