import t from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import type { FollowSink } from '../../src/contract/follow.js'
import { FollowIterator } from '../../src/core/live/follow-iterator.js'

const event = (seq: number): FollowEvent => ({
  type: 'reset',
  id: `${seq}-00000000`,
  data: { sessionKey: 'k', reason: 'rewritten' },
})

/** A follower that writes whatever the test says, and notes when it is asked for more. */
function open() {
  const asked: string[] = []
  let sink: FollowSink | null = null
  const follower = {
    pipe: (to: FollowSink) => {
      asked.push('pipe')
      sink = to
    },
    resume: () => asked.push('resume'),
  }
  const iterator = new FollowIterator(follower as never, () => asked.push('close'))
  const write = (seq: number) => sink?.write(event(seq))
  const end = (error?: unknown) => sink?.end(error)
  return { asked, end, iterator, write }
}

t.test('it begins when asked, has room for what is asked for, and no more', async (t) => {
  const { asked, iterator, write } = open()
  t.same(asked, [])
  const [first, second] = [iterator.next(), iterator.next()]
  t.same(asked, ['pipe', 'resume'])
  t.equal(write(1), true)
  t.equal(write(2), false)
  t.match(await first, { done: false, value: { id: /^1-/ } })
  t.match(await second, { done: false, value: { id: /^2-/ } })
})

t.test('its end is the end of all who wait', async (t) => {
  const { end, iterator } = open()
  const waiting = [iterator.next(), iterator.next()]
  end()
  for (const each of [...waiting, iterator.next()]) t.match(await each, { done: true })
})

t.test('an error is told once, to who waits or to who asks next', async (t) => {
  for (const isWaiting of [true, false]) {
    const { end, iterator, write } = open()
    const first = iterator.next()
    write(1)
    await first
    const waiting = isWaiting ? iterator.next() : null
    end(new Error('unreadable'))
    await t.rejects(waiting ?? iterator.next(), { message: 'unreadable' })
    t.match(await iterator.next(), { done: true })
  }
})

t.test('who returns closes the follower', async (t) => {
  const { asked, iterator } = open()
  const waiting = iterator.next()
  t.match(await iterator.return(), { done: true })
  t.match(await waiting, { done: true })
  t.ok(asked.includes('close'))
})
