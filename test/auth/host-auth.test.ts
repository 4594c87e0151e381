import t from 'tap'
import { hostAuth } from '../../src/auth/index.js'
import { FULL_GRANT, type Grant } from '../../src/contract/grant.js'
import { untilAborted } from './harness.js'

const grantOf = (over: Partial<Grant>): Grant => ({ ...FULL_GRANT, tokenId: 'u1', ...over })

t.test('the host is asked with headers and address', async (t) => {
  const auth = hostAuth(async ({ headers, address }) =>
    headers['x-user'] === 'ada' && address === '10.0.0.1' ? grantOf({ name: 'ada' }) : null,
  )
  t.teardown(() => auth.close())
  const caller = await auth.authenticate({ 'x-user': 'ada' }, '10.0.0.1')
  t.match(caller, { via: 'host', csrfToken: null, grant: { name: 'ada' } })
  await t.rejects(auth.authenticate({ 'x-user': 'eve' }, '10.0.0.1'), { code: 'unauthorized' })
  t.strictSame(auth.tokenOrigins(), [])
})

t.test('what the host throws is passed on', async (t) => {
  const auth = hostAuth(() => {
    throw new Error('the directory is down')
  })
  await t.rejects(auth.authenticate({}, ''), { message: 'the directory is down' })
})

t.test('streams end when the host revokes, when the grant expires, and at close', async (t) => {
  const auth = hostAuth(({ headers }) => grantOf({ tokenId: String(headers.id) }))
  const lease = async (id: string) => auth.lease((await auth.authenticate({ id }, '')).grant)
  const [one, two] = [await lease('one'), await lease('two')]
  auth.revoke('one')
  t.ok(one.signal.aborted)
  t.notOk(two.signal.aborted)
  t.notOk((await lease('one')).signal.aborted, 'the host may grant again')
  const short = auth.lease(grantOf({ expiresAt: Date.now() + 300 }))
  t.notOk(short.signal.aborted)
  await untilAborted(short.signal)
  auth.close()
  auth.close()
  t.ok(two.signal.aborted)
})

t.test('a grant that has expired is nobody', async (t) => {
  const auth = hostAuth(() => grantOf({ expiresAt: Date.now() - 1 }))
  await t.rejects(auth.authenticate({}, ''), { code: 'unauthorized' })
})
