import t from 'tap'
import { request } from 'undici'
import { CLOSE_CODES } from '../../src/contract/close-code.js'
import { startService } from '../http/service.js'
import { Client, connectParams } from './client.js'

t.test('a token gets a full hello', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  const challenge = await client.event('connect.challenge')
  t.match(challenge, { nonce: /^[0-9a-f-]{36}$/, ts: Number })
  const hello = await client.connect(service.tokens.admin, {
    scopes: ['operator.read', 'operator.admin'],
  })
  t.match(hello, {
    protocol: 4,
    snapshot: {
      health: { ok: true },
      sessionDefaults: { defaultAgentId: 'main', mainSessionKey: 'agent:main:main' },
    },
    auth: { role: 'operator', scopes: ['operator.read', 'operator.write', 'operator.admin'] },
    policy: { maxPayload: 1024 * 1024, maxBufferedBytes: 16 * 1024 * 1024, tickIntervalMs: 30_000 },
  })
  t.notMatch(JSON.stringify(hello), /configPath|stateDir/, 'no paths')
  for (const name of ['sessions.list', 'sessions.pause', 'chat.history', 'sessions.abort'])
    t.ok(hello.features.methods.includes(name), name)
  for (const name of ['sessions.reset', 'sessions.create', 'connect'])
    t.notOk(hello.features.methods.includes(name), name)
})

t.test('every method of the hello is there, and no other', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  const { features } = await client.connect(service.tokens.admin)
  for (const method of features.methods) {
    const answer = await client.request(method, { bogus: 1 })
    if (answer.ok) t.equal(method, 'status', 'only status takes any parameter')
    else t.notMatch(answer.error.message, /unknown method/, method)
  }
  t.match(await client.fail('sessions.bogus'), {
    code: 'INVALID_REQUEST',
    message: 'unknown method: sessions.bogus',
  })
})

t.test('versions are negotiated', async (t) => {
  const service = await startService(t)
  for (const [minProtocol, maxProtocol, protocol] of [
    [3, 3, 3],
    [4, 4, 4],
    [3, 4, 4],
    [1, 9, 4],
    [4, 5, 4],
  ]) {
    const client = await Client.dial(t, `${service.url}/ws`)
    const hello = await client.connect(service.tokens.reader, { minProtocol, maxProtocol })
    t.equal(hello.protocol, protocol, `${minProtocol}..${maxProtocol}`)
  }
  for (const [minProtocol, maxProtocol] of [
    [5, 6],
    [1, 2],
    [4, 3],
  ]) {
    const client = await Client.dial(t, `${service.url}/ws`)
    const params = connectParams(service.tokens.reader, { minProtocol, maxProtocol })
    t.match(await client.fail('connect', params), {
      code: 'INVALID_REQUEST',
      message: 'protocol mismatch',
      details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: 4 },
    })
    t.same(await client.closed, closing('protocol_mismatch'), `${minProtocol}..${maxProtocol}`)
  }
})

t.test('a connect that does not hold is answered and closed', async (t) => {
  const service = await startService(t)
  const good = connectParams(service.tokens.reader)
  for (const [what, method, params, error] of [
    [
      'no credential',
      'connect',
      connectParams(undefined),
      { details: { code: 'AUTH_TOKEN_MISSING' } },
    ],
    ['a wrong token', 'connect', connectParams('no'), { details: { code: 'AUTH_TOKEN_MISMATCH' } }],
    [
      'another method',
      'health',
      {},
      { message: 'invalid handshake: first request must be connect' },
    ],
    [
      'no versions',
      'connect',
      { ...good, minProtocol: undefined },
      { message: "invalid connect params: must have required property 'minProtocol'" },
    ],
    [
      'a client without an id',
      'connect',
      { ...good, client: { ...good.client, id: '' } },
      { message: 'invalid connect params: at /client/id: must NOT have fewer than 1 characters' },
    ],
    ['a node', 'connect', { ...good, role: 'node' }, { message: /invalid role/ }],
  ] as const) {
    const client = await Client.dial(t, `${service.url}/ws`)
    t.match(await client.fail(method, params), { code: 'INVALID_REQUEST', ...error }, what)
    t.same(await client.closed, closing('refused'), what)
  }
})

t.test('the credential of the upgrade counts where connect brings none', async (t) => {
  const service = await startService(t)
  const bearer = await Client.dial(t, `${service.url}/ws`, { headers: service.as('writer') })
  t.same((await bearer.connect(undefined)).auth.scopes, ['operator.read', 'operator.write'])
  const both = await Client.dial(t, `${service.url}/ws`, { headers: service.as('writer') })
  t.match(
    await both.fail('connect', connectParams('wrong')),
    { details: { code: 'AUTH_TOKEN_MISMATCH' } },
    'and does not cover up a wrong one',
  )
})

t.test('scopes are those asked for and held', async (t) => {
  const service = await startService(t)
  const scopesOf = async (name: string, scopes?: string[]) => {
    const client = await Client.dial(t, `${service.url}/ws`)
    const hello = await client.connect(service.tokens[name], scopes === undefined ? {} : { scopes })
    return { scopes: hello.auth.scopes, client }
  }
  t.same((await scopesOf('admin', ['operator.read'])).scopes, ['operator.read'])
  t.same((await scopesOf('reader', ['operator.admin'])).scopes, ['operator.read'])
  t.same((await scopesOf('writer')).scopes, ['operator.read', 'operator.write'])
  const none = await scopesOf('admin', [])
  t.same(none.scopes, [])
  t.match(await none.client.fail('health'), {
    code: 'INVALID_REQUEST',
    message: 'missing scope: operator.read',
  })
  const reader = await scopesOf('reader', ['operator.admin'])
  for (const name of ['sessions.abort', 'sessions.kill', 'sessions.pause'])
    t.match(
      await reader.client.fail(name, { key: 'main' }),
      { code: 'INVALID_REQUEST', message: 'missing scope: operator.write' },
      name,
    )
})

t.test('a ticket connects once at a time, and a newer connection takes over', async (t) => {
  const service = await startService(t)
  const ticket = await ticketFor(service.url, service.as('reader'))
  const first = await Client.dial(t, `${service.url}/ws?ticket=${ticket}`)
  t.same((await first.connect(undefined)).auth.scopes, ['operator.read'])
  const second = await Client.dial(t, `${service.url}/ws?ticket=${ticket}`)
  await second.connect(undefined)
  t.same(await first.closed, closing('credential_ended'))
  const wrong = await Client.dial(t, `${service.url}/ws?ticket=no`)
  t.match(await wrong.fail('connect', connectParams(undefined)), {
    details: { code: 'AUTH_TOKEN_MISMATCH', reason: 'invalid_ticket' },
  })
  const elsewhere = await request(`${service.url}/sessions/main/history?follow=1&ticket=${ticket}`)
  t.equal(elsewhere.statusCode, 401, 'it opens nothing else')
  await elsewhere.body.dump()
})

t.test('pages of foreign origins do not connect', async (t) => {
  const page = 'https://console.example.org'
  const service = await startService(t, {
    cors: { origins: [page] },
    tokens: [{ name: 'other', scopes: ['operator.read'], origins: ['https://other.example.org'] }],
  })
  const dial = (origin: string) => Client.dial(t, `${service.url}/ws`, { headers: { origin } })
  await t.rejects(dial('https://evil.example.org'), /upgrade refused: 403/)
  await t.rejects(dial('null'), /upgrade refused: 403/)
  await (await dial(page)).connect(service.tokens.reader)
  await (await dial(service.url)).connect(service.tokens.reader)
  await (await dial('https://other.example.org')).connect(service.tokens.other)
  const borrowed = await dial('https://other.example.org')
  t.match(await borrowed.fail('connect', connectParams(service.tokens.reader)), {
    details: { reason: 'origin_not_allowed' },
  })
  t.same(await borrowed.closed, closing('refused'))
})

t.test('a signed-in page connects with its cookie, a foreign page does not', async (t) => {
  const service = await startService(t)
  const login = await request(`${service.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: service.tokens.writer }),
  })
  const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
  await login.body.dump()
  const own = await Client.dial(t, `${service.url}/ws`, {
    headers: { cookie, origin: service.url },
  })
  t.same((await own.connect(undefined)).auth.scopes, ['operator.read', 'operator.write'])
  await t.rejects(
    Client.dial(t, `${service.url}/ws`, { headers: { cookie, origin: 'https://evil.example' } }),
    /upgrade refused: 403/,
  )
  await service.auth.logout({ cookie })
  t.same(await own.closed, closing('credential_ended'))
})

t.test('a revoked token ends its connection', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await service.data.records.remove('reader')
  t.same(await client.closed, closing('credential_ended'))
})

t.test('a client that says nothing is let go', async (t) => {
  const service = await startService(t, { webSocket: { handshakeMs: 50 } })
  const client = await Client.dial(t, `${service.url}/ws`)
  t.same(await client.closed, closing('handshake_timeout'))
})

async function ticketFor(url: string, headers: Record<string, string>): Promise<string> {
  const answer = await request(`${url}/api/stream-tickets`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/ws' }),
  })
  return ((await answer.body.json()) as { ticket: string }).ticket
}

function closing(reason: keyof typeof CLOSE_CODES) {
  const { code, reason: words } = CLOSE_CODES[reason]
  return { code, reason: words }
}
