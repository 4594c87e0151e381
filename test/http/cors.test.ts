import t from 'tap'
import { request } from 'undici'
import { type Service, startService } from './service.js'

const GLOBAL = 'https://console.example.org'
const OWN = 'https://own.example.org'
const FOREIGN = 'https://evil.example.org'

const SETTINGS = {
  cors: { origins: [GLOBAL] },
  tokens: [{ name: 'withOrigin', scopes: ['operator.read' as const], origins: [OWN] }],
}

const preflight = async ({ url }: Service, origin: string, headers: Record<string, string> = {}) =>
  (
    await request(`${url}/api/sessions/main/control`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', ...headers },
    })
  ).headers

const get = ({ url, as }: Service, token: string, origin: string, path = '/api/sessions') =>
  request(url + path, { headers: { ...as(token), origin } })

t.test('a preflight is allowed for every origin that somebody allows', async (t) => {
  const service = await startService(t, SETTINGS)
  for (const origin of [GLOBAL, OWN]) {
    t.match(await preflight(service, origin), {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers':
        /authorization, x-api-key, x-csrf-token, content-type, if-none-match, last-event-id, idempotency-key/,
      'access-control-max-age': /^\d+$/,
      vary: /Origin/,
    })
  }
  for (const origin of [FOREIGN, 'null', `${GLOBAL}.evil.org`, GLOBAL.replace('https', 'http')]) {
    const headers = await preflight(service, origin)
    t.equal(headers['access-control-allow-origin'], undefined, origin)
    t.equal(headers['access-control-allow-methods'], undefined, origin)
  }
})

t.test('a preflight may ask for a private network', async (t) => {
  const service = await startService(t, SETTINGS)
  const asking = { 'access-control-request-private-network': 'true' }
  t.match(await preflight(service, GLOBAL, asking), {
    'access-control-allow-private-network': 'true',
  })
  t.equal((await preflight(service, GLOBAL))['access-control-allow-private-network'], undefined)
  t.equal(
    (await preflight(service, FOREIGN, asking))['access-control-allow-private-network'],
    undefined,
  )
})

t.test('the request itself needs a global origin or one of its token', async (t) => {
  const service = await startService(t, SETTINGS)
  const allowed: [token: string, origin: string][] = [
    ['reader', GLOBAL],
    ['withOrigin', GLOBAL],
    ['withOrigin', OWN],
    ['reader', service.url],
  ]
  for (const [token, origin] of allowed)
    t.equal((await get(service, token, origin)).statusCode, 200, `${token} ${origin}`)
  const read = await get(service, 'withOrigin', OWN)
  t.match(read.headers, {
    'access-control-allow-origin': OWN,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers':
      'etag, retry-after, x-request-id, x-event-id, allow, idempotent-replayed',
    vary: 'Origin, Authorization, Cookie, X-Api-Key, Accept-Encoding',
  })
  const other = await get(service, 'reader', OWN)
  t.match(other, { statusCode: 403, headers: { 'access-control-allow-origin': OWN } }, 'readable')
  t.match(await other.body.json(), { error: { code: 'origin_not_allowed' } })
})

t.test("no answer to a stranger's page says anything that its page may read", async (t) => {
  const service = await startService(t, SETTINGS)
  const json = { 'content-type': 'application/json' }
  const { body } = await request(`${service.url}/api/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ token: service.tokens.admin }),
  })
  const { csrfToken } = (await body.json()) as { csrfToken: string }
  const asks: [method: 'GET' | 'POST' | 'DELETE', path: string, headers: Record<string, string>][] =
    [
      ['GET', '/api/sessions', service.as('admin')],
      ['GET', '/sessions/main/history', service.as('reader')],
      ['GET', '/sessions/main/history?follow=1', service.as('reader')],
      ['GET', '/api/events', service.as('reader')],
      ['POST', '/api/sessions/main/control', { ...service.as('admin'), ...json }],
      ['POST', '/sessions/main/kill', service.as('admin')],
      ['DELETE', '/api/sessions/main', service.as('admin')],
      ['POST', '/api/login', json],
      ['POST', '/api/logout', { cookie: 'mc-session=x', 'x-csrf-token': csrfToken }],
      ['GET', '/nothing', {}],
      ['GET', '/api/sessions', {}],
      ['GET', '/api/login', {}],
      ['GET', '/ws', {}],
    ]
  for (const [method, path, headers] of asks)
    for (const origin of [FOREIGN, 'null', `${GLOBAL}.evil.org`]) {
      const answer = await request(service.url + path, { method, headers: { ...headers, origin } })
      await answer.body.dump()
      const name = `${method} ${path} of ${origin}: ${answer.statusCode}`
      t.ok(answer.statusCode >= 400, name)
      const told = Object.keys(answer.headers).filter((one) => one.startsWith('access-control-'))
      t.strictSame(told, [], name)
    }
})

t.test('streams are asked the same', async (t) => {
  const service = await startService(t, SETTINGS)
  const answer = await get(service, 'reader', FOREIGN, '/sessions/main/history?follow=1')
  t.equal(answer.statusCode, 403)
})

t.test('without an allowlist no page may read, and no wildcard lets it', async (t) => {
  for (const cors of [{}, { origins: ['*'] }]) {
    const service = await startService(t, { cors })
    t.equal((await preflight(service, FOREIGN))['access-control-allow-origin'], undefined)
    t.equal((await get(service, 'admin', FOREIGN)).statusCode, 403)
  }
})

t.test('a host that does CORS itself is not disturbed', async (t) => {
  const service = await startService(t, { ...SETTINGS, cors: false })
  const answer = await get(service, 'reader', FOREIGN)
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['access-control-allow-origin'], undefined)
})

t.test('only known host names are answered', async (t) => {
  const { url, as } = await startService(t, { allowedHosts: ['localhost', '127.0.0.1'] })
  const statusOf = async (host: string) =>
    (await request(`${url}/api/sessions`, { headers: { ...as('reader'), host } })).statusCode
  t.equal(await statusOf('localhost:1'), 200)
  t.equal(await statusOf('127.0.0.1'), 200)
  t.equal(await statusOf('rebound.example.org'), 421)
})
