import t from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import { FeedTail } from '../../src/core/live/feed-tail.js'

const place = (seq: number) => `${seq}-0000000${seq}`

const item = (seq: number) => {
  const data = { sessionKey: 'k', messageId: null, messageSeq: seq }
  const message = { role: 'user', __openclaw: { seq } }
  const event: FollowEvent = { type: 'message', id: place(seq), data: { ...data, message } }
  return { event, tool: false }
}

t.test('events are found one by one, dropped entries are passed over', async (t) => {
  const tail = new FeedTail(10)
  const items = [item(2), item(4)]
  tail.keep(place(1), { items, end: place(5) })
  t.same(tail.after(place(1)), { items: [items[0]], end: place(2) })
  t.equal(tail.after(place(2))?.items[0], items[1], 'the same object, from the middle too')
  t.same(tail.after(place(4)), { items: [], end: place(5) })
  t.equal(tail.after(place(5)), undefined)
  t.equal(tail.after(place(3)), undefined)
})

t.test('the oldest go first', async (t) => {
  const tail = new FeedTail(3)
  tail.keep(place(0), { items: [item(1), item(2), item(3), item(4)], end: place(4) })
  t.equal(tail.size, 3)
  t.equal(tail.after(place(0)), undefined)
  t.match(tail.after(place(1)), { end: place(2) })
  tail.clear()
  t.equal(tail.size, 0)
})
