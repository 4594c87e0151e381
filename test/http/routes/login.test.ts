import t from 'tap'
import { request } from 'undici'
import { LoginAnswer } from '../../../src/contract/auth.js'
import { at, MAIN, type Service, startService } from '../service.js'
import { RawStream } from '../sse-client.js'

const PAGE = 'https://console.example.org'

async function signIn({ url, tokens }: Service, headers: Record<string, string> = {}) {
  const answer = await request(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: tokens.writer }),
  })
  const setCookie = String(answer.headers['set-cookie'])
  return { answer, setCookie, cookie: setCookie.split(';', 1)[0] ?? '' }
}

t.test('a login is a cookie that no script and no other site can use', async (t) => {
  const service = await startService(t)
  const { answer, setCookie } = await signIn(service)
  t.equal(answer.statusCode, 200)
  t.match(LoginAnswer.parse(await answer.body.json()), { role: 'operator.write' })
  const [pair = '', ...attributes] = setCookie.split('; ')
  t.match(pair, /^mc-session=/)
  t.notMatch(setCookie, service.tokens.writer ?? '', 'the token is not in it')
  t.same(
    new Set(attributes.map((text) => text.split('=')[0])),
    new Set(['Path', 'Expires', 'HttpOnly', 'SameSite']),
  )
  t.match(setCookie, /Path=\/;.*SameSite=Strict/)
  t.equal(answer.headers['cache-control'], 'no-store')
})

t.test('behind https the cookie is for https only', async (t) => {
  const service = await startService(t, { trustProxy: true })
  const { setCookie } = await signIn(service, { 'x-forwarded-proto': 'https' })
  t.match(setCookie, /; Secure/)
})

t.test('the cookie reads; writes need the token of the page', async (t) => {
  const service = await startService(t)
  const { answer, cookie } = await signIn(service)
  const { csrfToken } = LoginAnswer.parse(await answer.body.json())
  const get = (path: string) => request(service.url + path, { headers: { cookie } })
  t.equal((await get('/api/sessions')).statusCode, 200)
  t.match(await (await get('/api/login')).body.json(), { ok: true, csrfToken })
  const write = async (headers: Record<string, string>) => {
    const answer = await request(`${service.url}/api/sessions/${at(MAIN)}/control`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: '{"action":"kill"}',
    })
    return { status: answer.statusCode, body: await answer.body.json() }
  }
  t.match(await write({}), { status: 403, body: { error: { code: 'csrf_failed' } } })
  t.match(await write({ 'x-csrf-token': `${csrfToken}x` }), { status: 403 })
  const refused = { status: 403, body: { error: { code: 'origin_not_allowed' } } }
  t.match(await write({ 'x-csrf-token': csrfToken, origin: PAGE }), refused)
  t.match(await write({ 'x-csrf-token': csrfToken, origin: service.url }), { status: 200 })
  t.match(await write({ 'x-csrf-token': csrfToken }), { status: 200 })
})

t.test('signing out ends the cookie and its streams', async (t) => {
  const service = await startService(t)
  const { answer, cookie } = await signIn(service)
  const { csrfToken } = LoginAnswer.parse(await answer.body.json())
  const stream = await RawStream.open(`${service.url}/sessions/main/history?follow=1`, { cookie })
  await stream.event()
  const out = await request(`${service.url}/api/logout`, {
    method: 'POST',
    headers: { cookie, 'x-csrf-token': csrfToken },
  })
  t.match(out, {
    statusCode: 200,
    headers: { 'set-cookie': /mc-session=;.*Expires=Thu, 01 Jan 1970/ },
  })
  await stream.ended()
  const after = await request(`${service.url}/api/sessions`, { headers: { cookie } })
  t.match(after, { statusCode: 401, headers: { 'www-authenticate': /error="invalid_token"/ } })
  t.equal((await request(`${service.url}/api/login`, { headers: { cookie } })).statusCode, 401)
})

t.test('login is for pages of our own or of the allowlist', async (t) => {
  const service = await startService(t, { cors: { origins: [PAGE] } })
  const statusFrom = async (origin: string) => (await signIn(service, { origin })).answer.statusCode
  t.equal(await statusFrom(PAGE), 200)
  t.equal(await statusFrom(service.url), 200)
  t.equal(await statusFrom('https://evil.example.org'), 403)
  t.equal(await statusFrom('null'), 403)
})

t.test('a wrong token is 401, and too many of them 429', async (t) => {
  const { url, as } = await startService(t)
  const wrong = () =>
    request(`${url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"token":"wrong"}',
    })
  t.match(await wrong(), {
    statusCode: 401,
    headers: { 'www-authenticate': /^Bearer .*invalid_token/ },
  })
  let answer = await wrong()
  while (answer.statusCode === 401) answer = await wrong()
  t.match(answer, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } })
  t.equal((await request(`${url}/api/sessions`, { headers: as('reader') })).statusCode, 200)
})
