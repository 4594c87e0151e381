import { cutText, endOfText } from '../../../system/well-formed.js'

const CARD_ENV =
  'CARD[_-]?NUMBER|CARD[_-]?CVC|CARD[_-]?CVV|CVC|CVV|SECURITY[_-]?CODE|PAYMENT[_-]?CREDENTIAL|SHARED[_-]?PAYMENT[_-]?TOKEN'
const CARD_QUERY =
  'card[-_]?number|card[-_]?cvc|card[-_]?cvv|cvc|cvv|security[-_]?code|payment[-_]?credential|shared[-_]?payment[-_]?token'
const CARD_JSON =
  'cardNumber|card_number|cardCvc|card_cvc|cardCvv|card_cvv|cvc|cvv|securityCode|security_code|paymentCredential|payment_credential|sharedPaymentToken|shared_payment_token'
const ENV_NAME = `\\b[A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|${CARD_ENV})\\b\\s*[=:]\\s*`

interface Pattern {
  readonly regex: RegExp
  /** `TOKEN=$TOKEN` names a secret and holds none. */
  readonly sparesReferences: boolean
}

/** Backslashes are doubled: it is text until it is a pattern. */
const of = (source: string, flags = 'gi', sparesReferences = false): Pattern => ({
  regex: new RegExp(source, flags),
  sparesReferences,
})

/** Secrets by what stands before them or how they begin, in the order that OpenClaw looks for them. */
const PATTERNS: readonly Pattern[] = [
  of(`${ENV_NAME}(["']?)([^\\s"'\\\\]+)\\1`, 'g', true),
  of(`${ENV_NAME}\\\\+(["'])([^\\s"'\\\\]+)\\\\+\\1`, 'g', true),
  of(
    `[?&](?:access[-_]?token|auth[-_]?token|hook[-_]?token|refresh[-_]?token|api[-_]?key|client[-_]?secret|token|key|secret|password|pass|passwd|auth|signature|${CARD_QUERY})=([^&\\s"'<>]+)`,
  ),
  of(
    `"(?:apiKey|token|secret|password|passwd|accessToken|refreshToken|${CARD_JSON})"\\s*:\\s*"([^"]+)"`,
  ),
  of(
    `(^|[\\s,{])["']?(?:api[-_]key|access[-_]token|refresh[-_]token|authToken|auth[-_]token|clientSecret|client[-_]secret|appSecret|app[-_]secret)["']?\\s*[:=]\\s*(["'])([^"'\\r\\n]+)\\2`,
  ),
  of(
    `(^|[\\s,{])["']?(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token)["']?\\s*[:=]\\s*(["'])([^"'\\r\\n]+)\\2`,
  ),
  of(
    `--(?:api[-_]?key|hook[-_]?token|token|secret|password|passwd|${CARD_QUERY})\\s+(["']?)([^\\s"']+)\\1`,
  ),
  of('Authorization\\s*[:=]\\s*Bearer\\s+([A-Za-z0-9._\\-+=]+)'),
  of('Authorization\\s*[:=]\\s*Basic\\s+([A-Za-z0-9+/=]+)'),
  of(
    `(?:X-OpenClaw-Token|x-pomerium-jwt-assertion|X-Api-Key|X-Auth-Token)\\s*[:=]\\s*([^\\s"',;]+)`,
  ),
  of('\\bBearer\\s+([A-Za-z0-9._\\-+=]{18,})\\b'),
  of(
    `(^|[\\s,;])(?:access_token|refresh_token|auth[-_]?token|api[-_]?key|client[-_]?secret|app[-_]?secret|token|secret|password|passwd|${CARD_QUERY})=([^\\s&#]+)`,
    'gi',
    true,
  ),
  of('-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]+?-----END [A-Z ]*PRIVATE KEY-----'),
  of('\\b(sk-[A-Za-z0-9_-]{8,})\\b'),
  of('(ghp_[A-Za-z0-9]{20,})'),
  of('(github_pat_[A-Za-z0-9_]{20,})'),
  of('(xox[baprs]-[A-Za-z0-9-]{10,})'),
  of('(xapp-[A-Za-z0-9-]{10,})'),
  of('(gsk_[A-Za-z0-9_-]{10,})'),
  of('(AIza[0-9A-Za-z\\-_]{20,})'),
  of('(ya29\\.[0-9A-Za-z_\\-./+=]{10,})'),
  of('(1//0[0-9A-Za-z_\\-./+=]{10,})'),
  of('(eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,})'),
  of('(pplx-[A-Za-z0-9_-]{10,})'),
  of('(npm_[A-Za-z0-9]{10,})'),
  of('(AKID[A-Za-z0-9]{10,})'),
  of('(LTAI[A-Za-z0-9]{10,})'),
  of('(hf_[A-Za-z0-9]{10,})'),
  of('(r8_[A-Za-z0-9]{10,})'),
  of('\\bbot(\\d{6,}:[A-Za-z0-9_-]{20,})\\b'),
  of('\\b(\\d{6,}:[A-Za-z0-9_-]{20,})\\b'),
]

/** Longer texts are looked at in stretches: some of the patterns are slow on them. As OpenClaw does. */
const LONG_CHARS = 32_768
const STRETCH_CHARS = 16_384

/** Shorter secrets are hidden whole; of longer ones begin and end stay, so that one can tell which it was. */
const SHORT_CHARS = 18

/** A text with its secrets masked. */
export function withoutSecrets(text: string): string {
  return PATTERNS.reduce(
    (left, pattern) => stretches(left, (stretch) => replaced(stretch, pattern)),
    text,
  )
}

function stretches(text: string, change: (stretch: string) => string): string {
  if (text.length <= LONG_CHARS) return change(text)
  let changed = ''
  for (let rest = text; rest !== ''; ) {
    const stretch = cutText(rest, STRETCH_CHARS)
    changed += change(stretch)
    rest = rest.slice(stretch.length)
  }
  return changed
}

function replaced(text: string, { regex, sparesReferences }: Pattern): string {
  return text.replace(regex, (match: string, ...rest: unknown[]) => {
    if (match.includes('PRIVATE KEY-----')) return pemEnds(match)
    const groups = rest.slice(0, -2)
    const secret =
      groups.findLast((group): group is string => typeof group === 'string' && group !== '') ??
      match
    if (sparesReferences && isReference(match, secret)) return match
    return secret === match ? masked(secret) : match.replace(secret, () => masked(secret))
  })
}

function pemEnds(block: string): string {
  const lines = block.split(/\r?\n/).filter(Boolean)
  return lines.length < 2 ? '***' : `${lines[0]}\n…redacted…\n${lines.at(-1)}`
}

function masked(secret: string): string {
  return secret.length < SHORT_CHARS ? '***' : `${cutText(secret, 6)}…${endOfText(secret, 4)}`
}

/** `NAME=$NAME`, `NAME=${NAME:-}`, or the rest of one. */
function isReference(match: string, secret: string): boolean {
  if (/^[-=?+]\}$/.test(secret)) return true
  const name = /\b([A-Z_][A-Z0-9_]*)\b\s*[=:]/.exec(match)?.[1]
  const referred = /^\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)(?::[-=?+])?\})$/.exec(secret)
  return name !== undefined && referred !== null && name === (referred[1] ?? referred[2])
}
