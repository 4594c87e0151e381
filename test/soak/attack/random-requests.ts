import type { Random } from '../../bench/data/random.js'

/** What requests are made of. */
export interface Material {
  readonly port: number
  /** Session keys that exist. */
  readonly keys: readonly string[]
  /** Credentials by scope. */
  readonly tokens: { readonly read: string; readonly admin: string }
}

const METHODS =
  'GET GET GET GET GET GET HEAD OPTIONS POST PUT PATCH DELETE TRACE CONNECT BREW PROPFIND get G'.split(
    ' ',
  )
const PATHS =
  '/healthz /readyz /api/sessions /api/sessions/K /sessions/K/history /api/sessions/K/history /api/sessions/K/diagnose /api/sessions/K/export /api/sessions/K/trajectory /api/sessions/K/control /sessions/K/kill /api/sessions/control /api/sessions/K/compact /api/sessions/K/archive /api/sessions/cleanup /api/audit /api/stream-tickets /api/login /api/logout /api/capabilities /openapi.json /metrics /docs / /ws /api/events /api/nothing //api//sessions /../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /api/sessions/%zz * /api/sessions/%00'.split(
    ' ',
  )
const QUERIES =
  'limit=1 limit=20 limit=-1 limit=1e9 limit= limit=NaN limit=5&limit=6 cursor=AAAA cursor=%ff%fe agent=a01 kind=main kind=zzz search=x search=%F0%9F%98%80 search=%ED%A0%80 sort=updatedAt sort=;drop follow=1 follow=2 lastEventId=x:1 before=999999999999999999999 maxChars=0 maxChars=4 format=markdown format=exe activeMinutes=5 ticket=abc token=abc __proto__=1 constructor[prototype]=x a=b=c & ?? %'.split(
    ' ',
  )
const NAMES =
  'accept accept-encoding range if-none-match if-match if-range content-type origin cookie x-api-key last-event-id expect te forwarded x-forwarded-for x-forwarded-host x-request-id idempotency-key referer access-control-request-method x-requested-with'.split(
    ' ',
  )
const VALUES =
  '* "x" W/"y",*,"z" gzip br;q=0,identity;q=0 gzip;q=abc bytes=0-1 bytes=9-1 bytes=-5 bytes=0-,0-,0-,0- text/event-stream application/problem+json application/json;charset=utf-7 multipart/form-data;boundary=x text/html;q=0.0000 100-continue 200-ok null http://evil.example https://[::1 sid=1;sid=2 =;=;= %00 trailers 127.0.0.1 for="_x;by=[::1]:99 -1 18446744073709551616 \x7f \xff\xfe'.split(
    ' ',
  )
const BODIES =
  '{} [] null 1 "" {"action":"pause"} {"action":"kill","reason":7} {"action":["pause"]} {"keys":[]} {"a":1e400} {"__proto__":{"x":1}} {"dryRun":true} {"maxLines":-1} { {"a": \u0000 \ufeff{} {"label":"\\ud800"} {"token":"x"}'.split(
    ' ',
  )

/** Chunked bodies; most of them break RFC 9112 §7.1. */
const CHUNKED = [
  '2\r\n{}\r\n0\r\n\r\n',
  'zz\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n{}\r\n',
  '-1\r\n{}\r\n0\r\n\r\n',
  '2\r\n{}0\r\n\r\n',
  '2;ext="\r\n{}\r\n0\r\n\r\n',
  '0\r\nTrailer: x\r\n\r\n',
  '1\r\n{\r\n',
]
/** What no parser of HTTP can read, or should not. */
const UNREADABLE = [
  'GET / HTTP/9.9\r\n\r\n',
  'GET  /  HTTP/1.1\r\n\r\n',
  'GET /healthz\r\n\r\n',
  '\r\n\r\n\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n',
  'GET / HTTP/1.1\nHost: a\n\n',
  'POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
  'POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX\0Y: 1\r\n\r\n',
  'GET / HTTP/1.1\r\nNo colon\r\n\r\n',
]

/** Questions that are in order: what is odd about them is their number. */
const GOOD_PATHS =
  '/healthz /api/sessions?limit=20 /api/sessions/K /sessions/K/history?limit=20 /sessions/K/history?follow=1 /api/events /api/sessions/K/export /api/sessions/K/trajectory /api/sessions/K/diagnose /openapi.json /metrics /api/capabilities'.split(
    ' ',
  )

/** A request as bytes, from plain ones to what no parser can read. */
export function randomRequest(random: Random, material: Material): Buffer {
  if (random.chance(0.3)) return goodRequest(random, material)
  if (random.chance(0.04)) return Buffer.from(random.pick(UNREADABLE), 'latin1')
  const method = random.pick(METHODS)
  const version = random.chance(0.05) ? 'HTTP/1.0' : 'HTTP/1.1'
  const { body, headers } = bodyOf(random, method)
  const lines = [...headersOf(random, material), ...upgradeOf(random), ...headers]
  const text = `${method} ${targetOf(random, material)} ${version}\r\n${lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(text, 'latin1'), body])
}

function goodRequest(random: Random, { keys, port, tokens }: Material): Buffer {
  const path = random.pick(GOOD_PATHS).replace('K', () => encodeURIComponent(random.pick(keys)))
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`]
  return Buffer.from(`${lines.join('\r\n')}\r\nAuthorization: Bearer ${tokens.read}\r\n\r\n`)
}

function targetOf(random: Random, { keys, port }: Material): string {
  const key = random.chance(0.7) ? encodeURIComponent(random.pick(keys)) : oddKey(random)
  const path = random.pick(PATHS).replace('K', () => key)
  const parts = Array.from({ length: random.whole(0, 3) }, () => random.pick(QUERIES))
  const query = parts.length === 0 ? '' : `?${parts.join('&')}`
  const authority = random.pick([`127.0.0.1:${port}`, 'evil.example', 'user@127.0.0.1', '[::1'])
  return `${random.chance(0.06) ? `http://${authority}` : ''}${path}${query}`
}

function oddKey(random: Random): string {
  return random.pick([
    random.hex(random.whole(1, 40)),
    '%'.repeat(random.whole(1, 9)),
    '%ff%fe',
    '__proto__',
    '..%2f..',
    '%00',
    'k'.repeat(random.pick([200, 1500, 9000])),
  ])
}

function headersOf(random: Random, { port, tokens }: Material): string[] {
  const lines = [`Host: ${random.chance(0.95) ? `127.0.0.1:${port}` : 'evil.example'}`]
  if (random.chance(0.03)) lines.pop()
  if (random.chance(0.02)) lines.push('Host: second.example')
  const token = random.pick([tokens.read, tokens.read, tokens.admin, random.hex(32)])
  if (random.chance(0.7)) lines.push(`Authorization: Bearer ${token}`)
  for (let left = random.whole(0, 4); left > 0; left--)
    lines.push(`${random.pick(NAMES)}: ${random.pick(VALUES)}`)
  if (random.chance(0.01)) lines.push(`X-Large: ${'x'.repeat(random.pick([8000, 20_000]))}`)
  if (random.chance(0.01)) lines.push(...Array.from({ length: 2100 }, (_, at) => `h${at}: 1`))
  return lines
}

function upgradeOf(random: Random): string[] {
  if (!random.chance(0.06)) return []
  const key = random.pick(['dGhlIHNhbXBsZSBub25jZQ==', 'short', ''])
  return [
    `Connection: ${random.pick(['Upgrade', 'keep-alive, Upgrade', 'close'])}`,
    `Upgrade: ${random.pick(['websocket', 'h2c', 'WebSocket, x', 'TLS/1.0'])}`,
    `Sec-WebSocket-Version: ${random.pick(['13', '8', '99999999999', ''])}`,
    `Sec-WebSocket-Key: ${key}`,
  ]
}

function bodyOf(random: Random, method: string): { headers: string[]; body: Buffer } {
  if (!random.chance(/^P|DELETE/.test(method) ? 0.9 : 0.05)) return { headers: [], body: NONE }
  const type = random.chance(0.8) ? ['Content-Type: application/json'] : []
  if (random.chance(0.15)) {
    const body = Buffer.from(random.pick(CHUNKED))
    return { headers: [...type, 'Transfer-Encoding: chunked'], body }
  }
  const large = random.chance(0.01)
  const body = Buffer.from(large ? `["${'x'.repeat(2_000_000)}"]` : random.pick(BODIES))
  const wrong = random.chance(0.05) ? random.pick([-1, 1, 1000]) : 0
  const encoding = random.chance(0.03) ? ['Content-Encoding: gzip'] : []
  return { headers: [...type, ...encoding, `Content-Length: ${body.length + wrong}`], body }
}

const NONE = Buffer.alloc(0)
