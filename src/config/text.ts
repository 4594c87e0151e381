import { isIP } from 'node:net'
import * as z from 'zod'
import { MIN_TOKEN_CHARS } from '../contract/auth.js'
import { canonicalOrigin } from '../contract/origin.js'

/** A setting given as text: white space around it does not count. */
const text = z.string().trim()

const ON = ['1', 'true', 'yes', 'on']
const OFF = ['0', 'false', 'no', 'off']

/** A switch: `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`. */
export const switchText = text
  .toLowerCase()
  .refine((word) => ON.includes(word) || OFF.includes(word))
  .transform((word) => ON.includes(word))

/** A whole number between two bounds, in plain digits. */
export const numberText = (min: number, max: number) =>
  text
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((n) => n >= min && n <= max)

/** `a,b c` as a list without blanks. */
const listText = text.transform((value) => value.split(/[\s,]+/).filter((word) => word !== ''))

/** Something that a path can be made of. */
export const pathText = text.min(1).refine((path) => !path.includes('\0'))

/** An address or host name to bind to. */
export const hostText = text.regex(/^[A-Za-z0-9._:%-]{1,253}$/)

/** A secret that fits an HTTP header: visible ASCII without white space. */
export const secretText = text.regex(/^[\x21-\x7e]{1,1024}$/)

/** A secret that callers show us: everybody may try to guess it. */
export const tokenText = secretText.refine((token) => token.length >= MIN_TOKEN_CHARS, {
  message: `it has fewer than ${MIN_TOKEN_CHARS} characters and can be guessed: make one with \`export SESSIONS_API_TOKEN=$(node -p 'crypto.randomBytes(32).toString("hex")')\``,
})

/** Exact browser origins, in their one written form. */
export const originsText = listText
  .refine((origins) => !origins.includes('*'), {
    message:
      '`*` would let every web page use the cookie of whoever is signed in; name the origins one by one',
  })
  .refine((origins) => origins.every((origin) => canonicalOrigin(origin) !== null))
  .transform((origins) => origins.map((origin) => canonicalOrigin(origin) ?? origin))

/** Host names, with or without a port. */
export const hostsText = listText.refine((hosts) =>
  hosts.every((host) => /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d+)?$/i.test(host)),
)

const PROXY_GROUPS = ['loopback', 'linklocal', 'uniquelocal']

/** Whom to believe `X-Forwarded-*`: nobody, everybody, or these addresses. Counts of hops can be forged: not accepted. */
export const proxyText = text
  .toLowerCase()
  .transform((value): boolean | string[] => {
    if (ON.includes(value) || OFF.includes(value)) return ON.includes(value)
    return value.split(/[\s,]+/).filter((word) => word !== '')
  })
  .refine((value) => !Array.isArray(value) || (value.length > 0 && value.every(isProxyAddress)))

function isProxyAddress(word: string): boolean {
  const [address = '', bits, ...rest] = word.split('/')
  if (rest.length > 0) return false
  if (bits === undefined) return PROXY_GROUPS.includes(word) || isIP(address) !== 0
  const most = isIP(address) === 6 ? 128 : 32
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
}

/** The WebSocket of a gateway, or `off`. Credentials have settings of their own: a URL ends up in messages. */
export const gatewayText = text.refine((value) => value === 'off' || isSocketUrl(value))

function isSocketUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { hash, password, protocol, username } = new URL(value)
  const isSocket = protocol === 'ws:' || protocol === 'wss:'
  return isSocket && username === '' && password === '' && hash === ''
}
