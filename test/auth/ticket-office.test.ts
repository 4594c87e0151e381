import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { until } from '../until.js'
import { bearer, HISTORY, KEY, openService, stoppedClock, untilAborted } from './harness.js'

const A_MINUTE = 60_000

async function withTicket(t: Test) {
  const clock = stoppedClock()
  const opened = await openService(t.testdir(), { clock: clock.now })
  t.teardown(() => opened.service.close())
  const token = await opened.addToken({ name: 'page' })
  const { grant } = await opened.service.authenticate(bearer(token), '')
  const { ticket, expiresAt } = await opened.service.issue(grant, HISTORY)
  return { ...opened, clock, token, grant, ticket, expiresAt }
}

t.test('a ticket opens its stream with the grant of its token', async (t) => {
  const { service, ticket, grant, expiresAt, clock } = await withTicket(t)
  t.equal(expiresAt, new Date(clock.now() + A_MINUTE).toISOString())
  const lease = await service.redeem(ticket, HISTORY)
  t.equal(lease.grant, grant)
  t.notOk(lease.signal.aborted)
  t.notMatch(Buffer.from(ticket, 'base64url').toString(), KEY, 'the key is signed, not shown')
})

t.test('it opens nothing else', async (t) => {
  const { service, ticket } = await withTicket(t)
  const others = [
    { operation: 'history', sessionKey: 'agent:main:other' },
    { operation: 'history', sessionKey: null },
    { operation: 'events', sessionKey: KEY },
    { operation: 'ws', sessionKey: null },
  ] as const
  for (const scope of others)
    await t.rejects(service.redeem(ticket, scope), { code: 'invalid_ticket' }, scope)
  const flipped = ticket.replace(/\../, (start) => (start === '.A' ? '.B' : '.A'))
  for (const forged of ['', '.', 'x.y', flipped, `${ticket}.x`, ticket.slice(1), 'A'.repeat(5000)])
    await t.rejects(service.redeem(forged, HISTORY), { code: 'invalid_ticket' })
})

t.test('its first use comes within a minute', async (t) => {
  const { service, ticket, clock } = await withTicket(t)
  clock.move(A_MINUTE)
  await t.rejects(service.redeem(ticket, HISTORY), { code: 'invalid_ticket' })
})

t.test('it lives while connected and ten minutes after the last disconnect', async (t) => {
  const { service, ticket, clock } = await withTicket(t)
  const first = await service.redeem(ticket, HISTORY)
  clock.move(300 * A_MINUTE)
  t.notOk(first.signal.aborted)
  first.release()
  clock.move(10 * A_MINUTE - 1)
  const second = await service.redeem(ticket, HISTORY)
  second.release()
  clock.move(10 * A_MINUTE)
  await t.rejects(service.redeem(ticket, HISTORY), { code: 'invalid_ticket' })
})

t.test('a clock that is set back keeps no ticket alive', async (t) => {
  const { service, ticket, clock } = await withTicket(t)
  const first = await service.redeem(ticket, HISTORY)
  first.release()
  clock.move(-600 * A_MINUTE)
  const second = await service.redeem(ticket, HISTORY)
  second.release()
  clock.move(10 * A_MINUTE)
  await t.rejects(service.redeem(ticket, HISTORY), { code: 'invalid_ticket' })
})

t.test('a newer connection ends the older, whose leaving does not count', async (t) => {
  const { service, ticket, clock } = await withTicket(t)
  const older = await service.redeem(ticket, HISTORY)
  const newer = await service.redeem(ticket, HISTORY)
  t.ok(older.signal.aborted)
  t.notOk(newer.signal.aborted)
  older.release()
  clock.move(60 * A_MINUTE)
  const newest = await service.redeem(ticket, HISTORY)
  t.ok(newer.signal.aborted)
  t.notOk(newest.signal.aborted)
})

t.test('it dies with its token, open or not', async (t) => {
  const { service, ticket, data } = await withTicket(t)
  const lease = await service.redeem(ticket, HISTORY)
  await data.records.remove('page')
  await untilAborted(lease.signal)
  await t.rejects(service.redeem(ticket, HISTORY), { code: 'invalid_ticket' })
})

t.test('only a token of this service gets one', async (t) => {
  const { service, grant, data } = await withTicket(t)
  await t.rejects(service.issue(FULL_GRANT, HISTORY), { code: 'invalid_token' })
  const lease = service.lease(grant)
  await data.records.remove('page')
  await untilAborted(lease.signal)
  await t.rejects(service.issue(grant, HISTORY), { code: 'invalid_token' })
})

t.test(
  'it survives a restart: unused, connected and disconnected; a dead one stays dead',
  async (t) => {
    const dir = t.testdir()
    const clock = stoppedClock()
    const before = await openService(dir, { clock: clock.now })
    const token = await before.addToken({ name: 'page' })
    const { grant } = await before.service.authenticate(bearer(token), '')
    const issue = async () => (await before.service.issue(grant, HISTORY)).ticket
    const [dead, left, connected] = [await issue(), await issue(), await issue()]
    const deadLease = await before.service.redeem(dead, HISTORY)
    deadLease.release()
    const connectedLease = await before.service.redeem(connected, HISTORY)
    const leftLease = await before.service.redeem(left, HISTORY)
    clock.move(5 * A_MINUTE)
    leftLease.release()
    clock.move(5 * A_MINUTE)
    const unused = await issue()
    await before.service.close()
    t.ok(connectedLease.signal.aborted)
    const after = await openService(dir, { clock: clock.now })
    t.teardown(() => after.service.close())
    for (const [name, ticket] of Object.entries({ left, connected, unused })) {
      const lease = await after.service.redeem(ticket, HISTORY)
      t.notOk(lease.signal.aborted, name)
    }
    await t.rejects(after.service.redeem(dead, HISTORY), { code: 'invalid_ticket' })
  },
)

t.test('it survives a service that was killed: uses are written while it runs', async (t) => {
  const dir = t.testdir()
  const clock = stoppedClock()
  const killed = await openService(dir, { clock: clock.now })
  t.teardown(() => killed.service.close())
  const token = await killed.addToken({ name: 'page' })
  const { grant } = await killed.service.authenticate(bearer(token), '')
  const { ticket } = await killed.service.issue(grant, HISTORY)
  await killed.service.redeem(ticket, HISTORY)
  clock.move(5 * A_MINUTE)
  await until(async () => (await killed.data.uses.load()).tickets.length > 0)
  const next = await openService(dir, { clock: clock.now })
  t.teardown(() => next.service.close())
  t.ok(await next.service.redeem(ticket, HISTORY))
})
