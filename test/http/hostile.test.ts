import t from 'tap'
import { request } from 'undici'
import { ErrorBody } from '../../src/contract/error.js'
import { at, MAIN, type Service, startService, transcript, WORK } from './service.js'

interface Row {
  readonly what: string
  readonly path: string
  readonly status: number
  readonly code: string
  readonly as?: string
  readonly method?: 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Words that the message must have: the remedy or the name of what is wrong. */
  readonly says?: RegExp
}

const history = (key: string, query = '') => `/sessions/${key}/history${query}`
const numbers = ['0', '-1', '-0', '2.7', '1e9', 'abc', '0x10', ' 5', '']

const KEYS: Row[] = [
  { what: '%00', path: history('%00'), status: 400, code: 'invalid_key' },
  { what: 'NUL inside', path: history('agent%3Amain%00'), status: 400, code: 'invalid_key' },
  { what: 'empty key', path: '/sessions//history', status: 400, code: 'invalid_key' },
  { what: 'no key at all', path: '/api/sessions/', status: 400, code: 'invalid_key' },
  { what: 'blank key', path: history('%20'), status: 400, code: 'invalid_key' },
  {
    what: 'key over 1,024 bytes',
    path: history('k'.repeat(1025)),
    status: 414,
    code: 'uri_too_long',
  },
  {
    what: 'key over in UTF-8',
    path: history('%C3%A9'.repeat(513)),
    status: 414,
    code: 'uri_too_long',
  },
  {
    what: 'long URL',
    path: `/api/sessions?search=${'x'.repeat(9000)}`,
    status: 414,
    code: 'uri_too_long',
  },
  ...['..%2F..%2Fetc%2Fpasswd', '%2E%2E%2Fx', '__proto__', 'constructor', 'hasOwnProperty'].map(
    (key) => ({
      what: `key ${key}`,
      path: history(key),
      status: 404,
      code: 'session_not_found',
    }),
  ),
  {
    what: 'key outside the grant',
    path: history(at(WORK)),
    as: 'mainOnly',
    status: 404,
    code: 'session_not_found',
  },
  {
    what: 'detail outside the grant',
    path: `/api/sessions/${at(WORK)}`,
    as: 'mainOnly',
    status: 404,
    code: 'session_not_found',
  },
  {
    what: 'stream of an unknown session',
    path: history('nope', '?follow=1'),
    status: 404,
    code: 'session_not_found',
  },
  {
    what: 'two agents with the sessionId',
    path: history('twin'),
    status: 409,
    code: 'ambiguous_session',
  },
]

const NUMBERS: Row[] = [
  ...numbers.map((value) => ['limit', value, '/api/sessions'] as const),
  ...numbers.map((value) => ['activeMinutes', value, '/api/sessions'] as const),
  ...numbers.map((value) => ['limit', value, history(at(MAIN))] as const),
  ...numbers.map((value) => ['maxChars', value, history(at(MAIN))] as const),
].map(([name, value, path]) => ({
  what: `${path.startsWith('/api') ? 'list' : 'history'} ${name}=${value}`,
  path: `${path}?${name}=${encodeURIComponent(value)}`,
  status: 400,
  code: 'invalid_parameter',
  says: new RegExp(`"${name}"`),
}))

const PLACES: Row[] = [
  ...['abc', '0', '-3', 'seq:0', '1e3', '3-XYZ', '%00'].map((cursor) => ({
    what: `cursor ${cursor}`,
    path: history(at(MAIN), `?cursor=${cursor}`),
    status: 400,
    code: 'invalid_parameter',
    says: /"cursor"/,
  })),
  {
    what: 'cursor of another transcript',
    path: history(at(MAIN), '?cursor=2-deadbeef'),
    status: 409,
    code: 'cursor_gone',
  },
  {
    what: 'malformed list cursor',
    path: '/api/sessions?cursor=%00%FF',
    status: 400,
    code: 'invalid_cursor',
  },
  {
    what: 'malformed event id',
    path: history(at(MAIN), '?follow=1&last_event_id=x'),
    status: 400,
    code: 'invalid_parameter',
    says: /"last_event_id"/,
  },
  {
    what: 'malformed Last-Event-ID',
    path: history(at(MAIN), '?follow=1'),
    headers: { 'last-event-id': '1;2' },
    status: 400,
    code: 'invalid_parameter',
    says: /"Last-Event-ID"/,
  },
  {
    what: 'cursor of a stream',
    path: history(at(MAIN), '?follow=1&cursor=3'),
    status: 400,
    code: 'invalid_parameter',
    says: /"cursor".*last_event_id/,
  },
  {
    what: 'a parameter twice',
    path: '/api/sessions?limit=1&limit=2',
    status: 400,
    code: 'invalid_parameter',
    says: /"limit" was given more than once/,
  },
  {
    what: 'unknown kind',
    path: '/api/sessions?kinds=chat,dog',
    status: 400,
    code: 'invalid_parameter',
    says: /"kinds" must be one of "chat"/,
  },
  {
    what: 'unknown branch',
    path: history(at(MAIN), '?branch=none'),
    status: 400,
    code: 'invalid_parameter',
    says: /"branch"/,
  },
]

const control = `/api/sessions/${at(MAIN)}/control`
const post = {
  path: control,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
} as const

const BODIES: Row[] = [
  ...['{', 'null', '[]', '"pause"', '7', '{"action":"pause"'].map((body) => ({
    what: `body ${body}`,
    ...post,
    body,
    status: 400,
    code: 'invalid_body',
  })),
  {
    what: 'bytes that are no UTF-8',
    ...post,
    body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    status: 400,
    code: 'invalid_body',
  },
  {
    what: '30,000 levels deep',
    ...post,
    body: `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    status: 400,
    code: 'invalid_body',
  },
  {
    what: '__proto__ in a body',
    ...post,
    body: '{"__proto__":{"action":"kill"}}',
    status: 400,
    code: 'invalid_body',
    says: /"action"/,
  },
  {
    what: 'unknown action',
    ...post,
    body: '{"action":"explode"}',
    status: 400,
    code: 'invalid_body',
    says: /"action".*"pause", "resume", "stop", "kill"/,
  },
  {
    what: 'no body for an action',
    path: control,
    method: 'POST',
    status: 400,
    code: 'invalid_body',
    says: /"action"/,
  },
  {
    what: 'over 64 KiB',
    ...post,
    body: JSON.stringify({ reason: 'x'.repeat(70_000) }),
    status: 413,
    code: 'payload_too_large',
  },
  {
    what: 'a form',
    ...post,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'action=kill',
    status: 415,
    code: 'unsupported_media_type',
    says: /application\/json/,
  },
  {
    what: 'no media type',
    path: control,
    method: 'POST',
    body: '{"action":"kill"}',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'UTF-16',
    ...post,
    headers: { 'content-type': 'application/json; charset=utf-16' },
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'gzip',
    ...post,
    headers: { ...post.headers, 'content-encoding': 'gzip' },
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a media type that is none',
    ...post,
    headers: { 'content-type': 'json' },
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
]

const ROUTES: Row[] = [
  {
    what: 'DELETE of the list',
    path: '/api/sessions',
    method: 'DELETE',
    status: 405,
    code: 'method_not_allowed',
    says: /GET, HEAD, OPTIONS/,
  },
  {
    what: 'POST of a history',
    path: history(at(MAIN)),
    method: 'POST',
    status: 405,
    code: 'method_not_allowed',
  },
  {
    what: 'GET of a kill',
    path: `/sessions/${at(MAIN)}/kill`,
    status: 405,
    code: 'method_not_allowed',
    says: /POST, OPTIONS/,
  },
  {
    what: 'unknown path below a session',
    path: `/sessions/${at(MAIN)}/messages`,
    status: 404,
    code: 'route_not_found',
  },
  {
    what: 'raw slash in a key',
    path: '/sessions/agent:main/main/history',
    status: 404,
    code: 'route_not_found',
  },
]

t.test('hostile input gets the documented answer, and the service lives', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'mainOnly', scopes: ['operator.admin'], agents: ['main'] }],
  })
  addTwins(service)
  for (const row of [...KEYS, ...NUMBERS, ...PLACES, ...BODIES, ...ROUTES]) {
    await t.test(row.what, async (t) => {
      const answer = await request(service.url + row.path, {
        method: row.method ?? 'GET',
        headers: { ...service.as(row.as ?? 'admin'), ...row.headers },
        body: row.body ?? null,
      })
      const { error } = ErrorBody.parse(await answer.body.json())
      t.equal(answer.statusCode, row.status, error.message)
      t.equal(error.code, row.code, error.message)
      t.match(error.message, row.says ?? /./)
      t.equal(answer.headers['x-request-id'], error.requestId)
      if (row.status === 405) t.ok(answer.headers.allow)
    })
  }
  t.equal((await request(`${service.url}/healthz`)).statusCode, 200)
})

t.test('odd input that is no error', async (t) => {
  const { url, as } = await startService(t)
  const get = async (path: string) => {
    const answer = await request(url + path, { headers: as('admin') })
    return {
      status: answer.statusCode,
      body: (await answer.body.json()) as Record<string, unknown>,
    }
  }
  t.match(await get('/api/sessions?__proto__=x&_nope=1'), { status: 200 })
  t.match(await get('/api/sessions?constructor=2'), { status: 400 })
  t.match(await get('/api/sessions?limit=5000'), { body: { limitApplied: 1000 } })
  t.match(await get('/api/sessions?kinds=chat&kinds=group,cron'), { status: 200 })
  t.match(await get(history('AGENT%3AMain%3AMAIN')), { body: { sessionKey: MAIN } })
  t.match(await get(history('main')), { body: { sessionKey: MAIN } })
  t.match(await get(history('session-work')), { body: { sessionKey: WORK } })
  t.match(await get(history(MAIN)), { body: { sessionKey: MAIN } }, 'raw colons')
})

function addTwins({ store }: Service): void {
  for (const agent of ['main', 'work'])
    store.put({ key: `agent:${agent}:x`, sessionId: 'twin' }, transcript('twin', ['hello']))
}
