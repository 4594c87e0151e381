import { createHash } from 'node:crypto'
import { type Fields, isFields } from '../format/fields.js'

const REDACTED = '<redacted>'

/** Names that end like a credential's and are none. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set([
  'passwordfile',
  'tokenbudget',
  'tokencount',
  'tokenfield',
  'tokenlimit',
  'tokens',
])
const CREDENTIAL_NAME =
  /^(proxy)?authorization$|(apikey|password|passwd|passphrase|secret|secretkey|token)$/

/** Credentials in the middle of a text, and what is left of them. */
const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{8,}/giu, '$1 <redacted>'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/gu, '<redacted-jwt>'],
  [/\b([A-Za-z][A-Za-z0-9_.-]{1,64})=([A-Za-z0-9+/._~%=-]{16,})(?=;|\s|$)/gu, '$1=<redacted>'],
]

/** A value of a transcript without credentials and without the data of images, as OpenClaw exports it. */
export function sanitised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sanitised)
  if (typeof value === 'string') return sanitisedText(value)
  return isFields(value) ? sanitisedFields(value) : value
}

function sanitisedText(text: string): string {
  return IN_TEXT.reduce((left, [pattern, rest]) => left.replace(pattern, rest), text)
}

function sanitisedFields(fields: Fields): Fields {
  const hidesValue = isCredentialName(nameOf(fields))
  const shown = Object.entries(fields)
    .filter(([name]) => !isCredentialName(name))
    .map(([name, value]): [string, unknown] => [
      name,
      hidesValue && name === 'value' ? REDACTED : sanitised(value),
    ])
  return Object.fromEntries([...shown, ...Object.entries(imageFacts(fields))])
}

/** `{name: 'token', value: …}` says in one field what the other one is. */
function nameOf({ key, name }: Fields): string {
  if (typeof name === 'string') return name
  return typeof key === 'string' ? key : ''
}

function isCredentialName(name: string): boolean {
  const plain = name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()
  return !NO_CREDENTIALS.has(plain) && CREDENTIAL_NAME.test(plain)
}

function imageFacts(fields: Fields): Fields {
  const { data } = fields
  if (typeof data !== 'string' || !isImage(fields)) return {}
  const sha256 = createHash('sha256').update(data).digest('hex')
  return { data: REDACTED, bytes: decodedBytes(data), sha256 }
}

function isImage({ media_type, mime_type, mimeType, type }: Fields): boolean {
  if (plain(type) === 'image') return true
  return [mimeType, media_type, mime_type].some((mime) => plain(mime).startsWith('image/'))
}

const plain = (value: unknown) => (typeof value === 'string' ? value.trim().toLowerCase() : '')

/** Of base64, blanks left out. */
function decodedBytes(base64: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: blanks are all of them here.
  const text = base64.replaceAll(/[\x00-\x20]/g, '')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor((text.length * 3) / 4) - padding)
}
