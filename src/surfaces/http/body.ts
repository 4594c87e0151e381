import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import * as z from 'zod'
import { SessionsError } from '../../errors.js'
import { parseJson } from '../../system/well-formed.js'
import { complaint, unknownName } from './complaint.js'

/** Largest request body. Bodies here are a few fields; without a limit a client could fill the memory. */
export const MAX_BODY_BYTES = 64 * 1024

const JSON_MEDIA_TYPE = /^application\/(?:[\w.+-]+\+)?json$/

/**
 * Reads and checks a JSON body. No body, or an empty one, is `{}`. Throws `payload_too_large`,
 * `unsupported_media_type`, or `invalid_body` naming the field that is unknown or wrong. We read it ourselves, after the caller is known, because a host's own
 * parsers and limits must not change what this API accepts.
 */
export async function readBody<Schema extends z.ZodType>(
  schema: Schema,
  payload: unknown,
  headers: IncomingHttpHeaders,
): Promise<z.infer<Schema>> {
  const bytes = payload instanceof Readable ? await collect(payload, headers) : Buffer.alloc(0)
  if (bytes.length > 0) assertJsonType(headers)
  const value = bytes.length === 0 ? {} : parseBody(bytes)
  const parsed = schema.safeParse(value, { error: knownFields })
  if (parsed.success) return parsed.data
  throw invalidBody(parsed.error)
}

/** Only here zod tells which object did not know a name, and so which names it does know. */
function knownFields({ code, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'unrecognized_keys' || !(inst instanceof z.ZodObject)) return undefined
  return Object.keys(inst.shape).join(' ')
}

function invalidBody({ issues: [issue] }: z.ZodError): SessionsError {
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    const field = path === '' ? name : `${path}.${name}`
    const known = issue.message.split(' ').filter((word) => word !== '')
    const where = path === '' ? 'field' : `field of "${path}"`
    return new SessionsError('invalid_body', unknownName(where, name, known), {
      details: { field, known },
    })
  }
  return new SessionsError(
    'invalid_body',
    `${path === '' ? 'The body' : `Field "${path}" of the body`} ${complaint(issue)}.`,
    { details: { field: path } },
  )
}

async function collect(payload: Readable, headers: IncomingHttpHeaders): Promise<Buffer> {
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    // Destroying a request that is still being sent would close the socket under the answer.
    for await (const chunk of payload.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof SessionsError) throw cause
    throw new SessionsError('invalid_body', 'The body ended before it was complete.', { cause })
  }
  return Buffer.concat(chunks)
}

function tooLarge(): SessionsError {
  return new SessionsError('payload_too_large', `A body has at most ${MAX_BODY_BYTES} bytes.`, {
    details: { maxBytes: MAX_BODY_BYTES },
    // The client may still be sending; nothing after this could be read as a request.
    headers: { connection: 'close' },
  })
}

function assertJsonType(headers: IncomingHttpHeaders): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  const encoding = headers['content-encoding'] ?? 'identity'
  if (
    JSON_MEDIA_TYPE.test(type) &&
    (charset === undefined || /^charset="?utf-?8"?$/.test(charset)) &&
    encoding === 'identity'
  )
    return
  throw new SessionsError(
    'unsupported_media_type',
    'Send the body as plain UTF-8 JSON with the header content-type: application/json.',
  )
}

function parseBody(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new SessionsError('invalid_body', 'The body is not valid JSON in UTF-8.', { cause })
  }
}
