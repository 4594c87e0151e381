import t from 'tap'
import { FailureLimit } from '../../src/auth/failure-limit.js'
import { stoppedClock } from './harness.js'

t.test('the burst is free, then each failure waits until one is forgiven', async (t) => {
  const clock = stoppedClock()
  const limit = new FailureLimit({ burst: 2, perMinute: 60 }, clock.now)
  t.strictSame(
    [1, 2, 3, 4].map(() => limit.fail('10.0.0.1')),
    [null, null, 1, 1],
  )
  clock.move(1000)
  t.equal(limit.fail('10.0.0.1'), 1, 'the refused ones count as well')
  clock.move(3000)
  t.equal(limit.fail('10.0.0.1'), null)
})

t.test('a clock that goes back forgives nothing and locks nobody out', async (t) => {
  const clock = stoppedClock()
  const limit = new FailureLimit({ burst: 1, perMinute: 60 }, clock.now)
  limit.fail('10.0.0.1')
  clock.move(-3_600_000)
  t.equal(limit.fail('10.0.0.1'), 1)
  clock.move(3000)
  t.equal(limit.fail('10.0.0.1'), null)
})

t.test('who counts as one address', async (t) => {
  const together: [one: string, other: string, same: boolean][] = [
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['2001:db8::1', '2001:db8:0:0:1::1', true],
    ['::1', '::2', true],
  ]
  for (const [one, other, same] of together) {
    const limit = new FailureLimit({ burst: 1 }, Date.now)
    limit.fail(one)
    t.equal(limit.fail(other) !== null, same, `${one} ${other}`)
  }
})

t.test('memory is bounded: the longest quiet address is forgotten', async (t) => {
  const limit = new FailureLimit({ burst: 1 }, Date.now)
  limit.fail('10.9.9.9')
  for (let i = 0; i < 10_000; i++) limit.fail(`10.1.${i >> 8}.${i & 255}`)
  t.equal(limit.fail('10.9.9.9'), null)
  t.ok(limit.fail('10.1.39.15'), 'a recent one is not')
})
