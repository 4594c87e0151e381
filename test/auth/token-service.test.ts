import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { issueToken } from '../../src/auth/index.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { until } from '../until.js'
import { bearer, openService, stoppedClock, untilAborted } from './harness.js'

t.test('a token says who is asking, as bearer or as API key', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const token = await addToken({
    name: 'night shift',
    scopes: ['operator.read', 'operator.write'],
    agents: ['Main', 'work'],
    sessions: ['agent:Main:*'],
    origins: ['https://A.example.org:443'],
    redact: 'text',
    expiresAt: '2999-01-01T00:00:00Z',
  })
  const { grant, via, csrfToken } = await service.authenticate(bearer(token), '127.0.0.1')
  t.match(grant, {
    name: 'night shift',
    tokenId: /^[0-9a-f]{12}$/,
    scope: 'operator.write',
    agents: ['main', 'work'],
    sessions: ['agent:main:*'],
    origins: ['https://a.example.org'],
    redact: 'text',
    expiresAt: Date.parse('2999-01-01T00:00:00Z'),
  })
  t.strictSame({ via, csrfToken }, { via: 'bearer', csrfToken: null })
  const byKey = await service.authenticate({ 'x-api-key': token }, '127.0.0.1')
  t.strictSame(byKey.grant, grant)
  t.equal(byKey.via, 'api-key')
  t.strictSame(service.tokenOrigins(), ['https://a.example.org'])
})

/** A proxy's own. */
const BASIC = { authorization: 'Basic dXNlcjpwYXNz' }

t.test('a credential counts beside what is not ours', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const token = await addToken({ name: 'one' })
  const { cookie } = await service.login(token)
  const jar = (...values: string[]) => values.map((value) => `mc-session=${value}`).join('; ')
  const stale = `${cookie.slice(0, -3)}AAA`
  const cases: [name: string, headers: Record<string, string>][] = [
    ['a key beside Basic', { ...BASIC, 'x-api-key': token }],
    ['a cookie beside Basic', { ...BASIC, cookie: jar(cookie) }],
    ['a cookie beside Negotiate', { authorization: 'Negotiate abc', cookie: jar(cookie) }],
    ['a cookie behind a stale one', { cookie: jar(stale, cookie) }],
    ['a cookie before a stale one', { cookie: jar(cookie, stale) }],
    ['a cookie behind garbage', { cookie: `mc-session; ${jar('', 'x', cookie)}; mc-session2=y` }],
  ]
  for (const [name, headers] of cases)
    t.match(await service.authenticate(headers, ''), { grant: { name: 'one' } }, name)
  const two = await service.login(token)
  await service.logout({ cookie: jar(stale, cookie, two.cookie) })
  for (const value of [cookie, two.cookie])
    await t.rejects(service.authenticate({ cookie: jar(value) }, ''), { code: 'invalid_token' })
})

t.test('a token that can be guessed is none, whatever the tokens file says', async (t) => {
  await t.rejects(openService(t.testdir(), { adminToken: 'x'.repeat(31) }), {
    code: 'invalid_setting',
    message: /fewer than 32 characters/,
  })
  const pin = '4711'
  const sha256 = createHash('sha256').update(pin).digest('hex')
  const { data, service } = await openService(t.testdir(), { failures: { burst: 3 } })
  t.teardown(() => service.close())
  const createdAt = new Date(0).toISOString()
  await data.records.add({
    id: 'abcdefgh',
    name: 'pin',
    scopes: ['operator.admin'],
    createdAt,
    sha256,
  })
  const again = await openService(t.testdirName, { failures: { burst: 3 } })
  t.teardown(() => again.service.close())
  const answers = new Set<string>()
  for (let guess = 4700; guess < 4720; guess++) {
    const asked = again.service.authenticate(bearer(String(guess)), '10.0.0.1')
    answers.add(
      await asked.then(
        () => 'let in',
        ({ code }) => code,
      ),
    )
    await t.rejects(again.service.login(String(guess), '10.0.0.1'))
  }
  t.strictSame([...answers], ['invalid_token', 'rate_limited'])
})

t.test('what is no valid credential is refused', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const good = await addToken({ name: 'good' })
  const cases: [name: string, headers: Record<string, string>, code: string][] = [
    ['nothing', {}, 'unauthorized'],
    [
      'blank headers',
      { authorization: ' ', 'x-api-key': '', cookie: 'mc-session=' },
      'unauthorized',
    ],
    ['a wrong token', bearer('ocs_nobody'), 'invalid_token'],
    ['another scheme', { authorization: `Basic ${good}` }, 'unauthorized'],
    ['another scheme beside a wrong key', { ...BASIC, 'x-api-key': 'x' }, 'invalid_token'],
    ['stale cookies only', { cookie: 'mc-session=a.b; mc-session=c.d' }, 'invalid_token'],
    ['no token after the scheme', { authorization: 'Bearer' }, 'invalid_token'],
    ['two words', { authorization: `Bearer ${good} ${good}` }, 'invalid_token'],
    ['a wrong bearer beside a right key', { ...bearer('x'), 'x-api-key': good }, 'invalid_token'],
    ['a wrong key beside nothing', { 'x-api-key': 'x' }, 'invalid_token'],
    ['a token as cookie', { cookie: `mc-session=${good}` }, 'invalid_token'],
    [
      'a hash instead of the token',
      bearer(issueToken({ name: 'x', scopes: ['operator.read'] }).record.sha256),
      'invalid_token',
    ],
  ]
  for (const [name, headers, code] of cases)
    await t.rejects(service.authenticate(headers, ''), { code }, name)
})

t.test('of several credentials the first counts', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const one = await addToken({ name: 'one' })
  const two = await addToken({ name: 'two' })
  const { grant } = await service.authenticate({ ...bearer(one), 'x-api-key': two }, '')
  t.equal(grant.name, 'one')
})

t.test('the admin token of the process may do everything and keeps its id', async (t) => {
  const one = await openService(t.testdir(), { adminToken: 'a-secret-of-mine-0123456789abcdef' })
  const { grant } = await one.service.authenticate(bearer('a-secret-of-mine-0123456789abcdef'), '')
  t.match(grant, { name: 'admin', scope: 'operator.admin', agents: null, sessions: null })
  await one.service.close()
  const two = await openService(t.testdirName, { adminToken: 'a-secret-of-mine-0123456789abcdef' })
  t.teardown(() => two.service.close())
  t.equal(
    (await two.service.authenticate(bearer('a-secret-of-mine-0123456789abcdef'), '')).grant.tokenId,
    grant.tokenId,
  )
  t.notMatch(grant.tokenId, 'a-secret-of-mine-0123456789abcdef')
})

t.test('a revoked token ends its lease, and only its own', async (t) => {
  const { service, addToken, data } = await openService(t.testdir())
  t.teardown(() => service.close())
  const revoked = await addToken({ name: 'revoked' })
  const kept = await addToken({ name: 'kept' })
  const lease = service.lease((await service.authenticate(bearer(revoked), '')).grant)
  const other = service.lease((await service.authenticate(bearer(kept), '')).grant)
  t.notOk(lease.signal.aborted)
  await data.records.remove('revoked')
  await untilAborted(lease.signal)
  t.notOk(other.signal.aborted)
  await t.rejects(service.authenticate(bearer(revoked), ''), { code: 'invalid_token' })
})

t.test('a changed token ends its lease, the same list written again does not', async (t) => {
  const { service, addToken, data } = await openService(t.testdir())
  t.teardown(() => service.close())
  const token = await addToken({ name: 'changing' })
  const { grant } = await service.authenticate(bearer(token), '')
  const lease = service.lease(grant)
  await addToken({ name: 'another' })
  t.notOk(lease.signal.aborted, 'the file changed, this token did not')
  const text = await readFile(data.tokensPath, 'utf8')
  await writeFile(data.tokensPath, text.replace('"changing"', '"changing", "agents": ["work"]'))
  await untilAborted(lease.signal)
  const now = await service.authenticate(bearer(token), '')
  t.strictSame(now.grant.agents, ['work'])
  t.ok(service.lease(grant).signal.aborted, 'a grant of before the change opens nothing')
})

t.test('a lease ends when its token expires, also when the clock jumps there', async (t) => {
  const clock = stoppedClock()
  const { service, addToken } = await openService(t.testdir(), { clock: clock.now })
  t.teardown(() => service.close())
  const in60Days = new Date(clock.now() + 60 * 86_400_000).toISOString()
  const token = await addToken({ name: 'two months', expiresAt: in60Days })
  const lease = service.lease((await service.authenticate(bearer(token), '')).grant)
  clock.move(59 * 86_400_000)
  t.notOk(lease.signal.aborted)
  clock.move(86_400_000)
  await untilAborted(lease.signal)
  await t.rejects(service.authenticate(bearer(token), ''), { code: 'invalid_token' })
})

t.test('a real expiry ends a lease', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const endsAt = Date.now() + 700
  const token = await addToken({ name: 'short', expiresAt: new Date(endsAt).toISOString() })
  const lease = service.lease((await service.authenticate(bearer(token), '')).grant)
  await untilAborted(lease.signal)
  t.ok(Date.now() >= endsAt, 'not before its time')
})

t.test('a released lease is not ended any more', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  const token = await addToken({ name: 'released' })
  const lease = service.lease((await service.authenticate(bearer(token), '')).grant)
  lease.release()
  lease.release()
  await service.close()
  t.notOk(lease.signal.aborted)
})

t.test('closing ends every lease, and may come twice', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  const token = await addToken({ name: 'open' })
  const lease = service.lease((await service.authenticate(bearer(token), '')).grant)
  await service.close()
  await service.close()
  t.ok(lease.signal.aborted)
})

t.test('a grant that somebody else made opens nothing', async (t) => {
  const { service, addToken } = await openService(t.testdir())
  t.teardown(() => service.close())
  const token = await addToken({ name: 'mine', agents: ['work'] })
  const { grant } = await service.authenticate(bearer(token), '')
  t.ok(service.lease(FULL_GRANT).signal.aborted)
  t.ok(service.lease({ ...grant, agents: null }).signal.aborted, 'not even one that looks like it')
})

t.test('a broken file keeps the tokens that were read, and says so', async (t) => {
  const { service, addToken, data, problems } = await openService(t.testdir())
  t.teardown(() => service.close())
  const token = await addToken({ name: 'kept' })
  const whole = await readFile(data.tokensPath, 'utf8')
  const lease = service.lease((await service.authenticate(bearer(token), '')).grant)
  await writeFile(data.tokensPath, whole.slice(0, -20))
  await until(() => problems.length > 0)
  t.match(problems[0], { code: 'invalid_setting', message: /tokens\.json cannot be used/ })
  t.ok((await service.authenticate(bearer(token), '')).grant)
  t.notOk(lease.signal.aborted)
  await writeFile(data.tokensPath, '{"version":1,"tokens":[]}')
  await untilAborted(lease.signal)
})

t.test('a service does not start over a broken file', async (t) => {
  const dir = t.testdir({ 'tokens.json': '{"version":1,"tokens":[{"id":"!"}]}' })
  await t.rejects(openService(dir), { code: 'invalid_setting', message: /tokens\[0\]\.id/ })
})

t.test('too many failures of an address are told to wait, a valid token never is', async (t) => {
  const clock = stoppedClock()
  const failures = { burst: 3, perMinute: 6 }
  const { service, addToken } = await openService(t.testdir(), { clock: clock.now, failures })
  t.teardown(() => service.close())
  const token = await addToken({ name: 'valid' })
  const fail = (address: string) => service.authenticate(bearer('wrong'), address)
  for (let i = 0; i < 3; i++) await t.rejects(fail('10.0.0.1'), { code: 'invalid_token' })
  await t.rejects(fail('10.0.0.1'), { code: 'rate_limited', retryAfterSeconds: 10 })
  await t.rejects(service.login('wrong', '10.0.0.1'), { code: 'rate_limited' })
  await t.rejects(
    service.authenticate({}, '10.0.0.1'),
    { code: 'unauthorized' },
    'none is no failure',
  )
  t.ok(await service.authenticate(bearer(token), '10.0.0.1'))
  await t.rejects(fail('10.0.0.2'), { code: 'invalid_token' }, 'another address')
  clock.move(20_000)
  await t.rejects(fail('10.0.0.1'), { code: 'invalid_token' }, 'forgiven with time')
})
