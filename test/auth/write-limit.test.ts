import t from 'tap'
import { WriteLimit } from '../../src/auth/write-limit.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { SessionsError } from '../../src/errors.js'
import { at, MAIN, startService } from '../http/service.js'

const grant = (tokenId: string) => ({ ...FULL_GRANT, tokenId })

t.test('a bucket empties, is refilled all the time, and belongs to one token', (t) => {
  let nowMs = 0
  const limit = new WriteLimit(60, () => nowMs)
  for (let n = 0; n < 60; n++) limit.take(grant('a'))
  const refused = () => {
    try {
      limit.take(grant('a'))
    } catch (error) {
      return error instanceof SessionsError ? error.retryAfterSeconds : error
    }
    return null
  }
  t.equal(refused(), 1)
  limit.take(grant('b'))
  nowMs = 999
  t.equal(refused(), 1)
  nowMs = 1000
  t.equal(refused(), null, 'one second, one write')
  t.equal(refused(), 1)
  nowMs = 3_600_000
  for (let n = 0; n < 60; n++) t.equal(refused(), null)
  t.equal(refused(), 1, 'never more than a minute at once')
  t.end()
})

t.test('0 is no limit, and many tokens are not remembered for ever', (t) => {
  const none = new WriteLimit(0)
  for (let n = 0; n < 5000; n++) none.take(grant('a'))
  let nowMs = 0
  const limit = new WriteLimit(1, () => nowMs)
  for (let n = 0; n < 5000; n++) {
    limit.take(grant(`t${n}`))
    nowMs += 60_000
  }
  limit.take(grant('x'))
  t.throws(() => limit.take(grant('x')), { code: 'rate_limited' })
  t.end()
})

t.test('a clock that is set back blocks nobody, full or empty', async (t) => {
  for (const taken of [1, 60]) {
    let nowMs = 10 * 3_600_000
    const limit = new WriteLimit(60, () => nowMs)
    for (let n = 0; n < taken; n++) limit.take(grant('x'))
    nowMs -= 3_600_000
    if (taken === 60) t.throws(() => limit.take(grant('x')), { code: 'rate_limited' })
    for (let n = 0; n < 10; n++) {
      nowMs += 1001
      limit.take(grant('x'))
    }
    t.pass(`after ${taken}`)
  }
})

t.test('writes are limited, reads are not', async (t) => {
  const service = await startService(t, { limits: { writesPerMinute: 2 } })
  const act = () =>
    fetch(`${service.url}/api/sessions/${at(MAIN)}/control`, {
      method: 'POST',
      headers: { ...service.as('writer'), 'content-type': 'application/json' },
      body: '{"action":"resume"}',
    })
  t.equal((await act()).status, 200)
  t.equal((await act()).status, 200)
  const refused = await act()
  t.equal(refused.status, 429)
  const waitSeconds = Number(refused.headers.get('retry-after'))
  t.ok(waitSeconds >= 1 && waitSeconds <= 30, `${waitSeconds} s: what refills 2 a minute`)
  t.match(await refused.json(), { error: { code: 'rate_limited', message: /"writer"/ } })
  const read = await fetch(`${service.url}/api/sessions`, { headers: service.as('writer') })
  t.equal(read.status, 200)
})
