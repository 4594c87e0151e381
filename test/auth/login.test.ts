import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { until } from '../until.js'
import {
  accepted,
  bearer,
  cookie,
  HISTORY,
  openService,
  stoppedClock,
  untilAborted,
} from './harness.js'

const A_DAY = 86_400_000

t.test(
  'a login is a cookie that is not the token, with a CSRF token that a reload gets again',
  async (t) => {
    const { service, addToken } = await openService(t.testdir())
    t.teardown(() => service.close())
    const token = await addToken({ name: 'browser', scopes: ['operator.write'] })
    const login = await service.login(token)
    t.match(login.answer, { ok: true, role: 'operator.write', csrfToken: /^[\w-]{43}$/ })
    t.notMatch(login.cookie, token)
    t.match(login.cookie, /^[\w.-]+$/, 'needs no quoting in a cookie')
    t.strictSame(await service.current(cookie(login.cookie)), login.answer)
    const caller = await service.authenticate(cookie(login.cookie), '')
    t.match(caller, {
      via: 'cookie',
      csrfToken: login.answer.csrfToken,
      grant: { name: 'browser' },
    })
    const other = await service.login(token)
    t.not(other.answer.csrfToken, login.answer.csrfToken, 'each login has its own')
  },
)

t.test('a login needs a valid token, and nobody is signed in without one', async (t) => {
  const { service } = await openService(t.testdir())
  t.teardown(() => service.close())
  await t.rejects(service.login('ocs_wrong'), { code: 'invalid_token' })
  await t.rejects(service.current({}), { code: 'unauthorized' })
  await t.rejects(service.current(cookie('a.b')), { code: 'unauthorized' })
  await t.resolves(service.logout({}), 'signing out twice is no error')
})

t.test(
  'signing out ends the cookie, its streams and its tickets, not those of others',
  async (t) => {
    const { service, addToken } = await openService(t.testdir())
    t.teardown(() => service.close())
    const token = await addToken({ name: 'shared' })
    const mine = await service.login(token)
    const yours = await service.login(token)
    const myGrant = (await service.authenticate(cookie(mine.cookie), '')).grant
    const myStream = service.lease(myGrant)
    const myTicket = await service.issue(myGrant, HISTORY)
    const myTicketStream = await service.redeem(myTicket.ticket, HISTORY)
    const yourStream = service.lease((await service.authenticate(cookie(yours.cookie), '')).grant)
    const tokenStream = service.lease((await service.authenticate(bearer(token), '')).grant)
    await service.logout(cookie(mine.cookie))
    t.ok(myStream.signal.aborted)
    t.ok(myTicketStream.signal.aborted)
    await t.rejects(service.authenticate(cookie(mine.cookie), ''), { code: 'invalid_token' })
    await t.rejects(service.redeem(myTicket.ticket, HISTORY), { code: 'invalid_ticket' })
    t.notOk(yourStream.signal.aborted)
    t.notOk(tokenStream.signal.aborted)
  },
)

t.test('a cookie survives a restart, a signed-out one does not come back', async (t) => {
  const dir = t.testdir()
  const before = await openService(dir)
  const token = await before.addToken({ name: 'browser' })
  const kept = await before.service.login(token)
  const ended = await before.service.login(token)
  await before.service.logout(cookie(ended.cookie))
  await before.service.close()
  const after = await openService(dir)
  t.teardown(() => after.service.close())
  t.strictSame(await after.service.current(cookie(kept.cookie)), kept.answer)
  await t.rejects(after.service.current(cookie(ended.cookie)), { code: 'unauthorized' })
})

t.test('a cookie dies with its token, and when the token gets another secret', async (t) => {
  const { service, addToken, data } = await openService(t.testdir())
  t.teardown(() => service.close())
  const one = await service.login(await addToken({ name: 'one' }))
  await data.records.remove('one')
  await until(async () => !(await isSignedIn(one.cookie)))
  const token = await addToken({ name: 'two' })
  const two = await service.login(token)
  const text = await readFile(data.tokensPath, 'utf8')
  await writeFile(
    data.tokensPath,
    text.replace(/"sha256": "[^"]+"/, `"sha256": "${'a'.repeat(64)}"`),
  )
  await until(async () => !(await accepted(service, token)))
  t.notOk(await isSignedIn(two.cookie))

  function isSignedIn(value: string): Promise<boolean> {
    return service.current(cookie(value)).then(
      () => true,
      () => false,
    )
  }
})

t.test('a cookie ends after a week, or with its token if that is earlier', async (t) => {
  const clock = stoppedClock()
  const { service, addToken } = await openService(t.testdir(), { clock: clock.now })
  t.teardown(() => service.close())
  const week = await service.login(await addToken({ name: 'for ever' }))
  const inADay = new Date(clock.now() + A_DAY).toISOString()
  const day = await service.login(await addToken({ name: 'a day', expiresAt: inADay }))
  t.equal(week.answer.expiresAt, new Date(clock.now() + 7 * A_DAY).toISOString())
  t.equal(day.answer.expiresAt, inADay)
  const stream = service.lease((await service.authenticate(cookie(week.cookie), '')).grant)
  clock.move(A_DAY)
  await t.rejects(service.current(cookie(day.cookie)), { code: 'unauthorized' })
  t.ok(await service.current(cookie(week.cookie)))
  clock.move(6 * A_DAY)
  await t.rejects(service.current(cookie(week.cookie)), { code: 'unauthorized' })
  await untilAborted(stream.signal)
})

t.test('a cookie of another data directory, or a ticket, is no cookie', async (t) => {
  const dirs = t.testdir({ one: {}, two: {} })
  const one = await openService(`${dirs}/one`, {
    adminToken: 'the-same-0123456789abcdef-0123456789',
  })
  const two = await openService(`${dirs}/two`, {
    adminToken: 'the-same-0123456789abcdef-0123456789',
  })
  t.teardown(() => Promise.all([one.service.close(), two.service.close()]))
  const { cookie: value } = await one.service.login('the-same-0123456789abcdef-0123456789')
  await t.rejects(two.service.current(cookie(value)), { code: 'unauthorized' })
  const { grant } = await one.service.authenticate(
    bearer('the-same-0123456789abcdef-0123456789'),
    '',
  )
  const { ticket } = await one.service.issue(grant, HISTORY)
  await t.rejects(one.service.current(cookie(ticket)), { code: 'unauthorized' })
  await t.rejects(one.service.redeem(value, HISTORY), { code: 'invalid_ticket' })
})
