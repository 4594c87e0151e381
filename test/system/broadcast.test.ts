import t from 'tap'
import { Broadcast } from '../../src/system/broadcast.js'

t.test('rings that nobody heard yet count as one', async (t) => {
  const bell = new Broadcast()
  const rings = bell.listen(new AbortController().signal)
  bell.ring()
  bell.ring()
  t.strictSame(await rings.next(), { done: false, value: undefined })
  const next = rings.next()
  bell.ring()
  t.strictSame(await next, { done: false, value: undefined })
})

t.test('listening begins with the call, and ends with the signal', async (t) => {
  const bell = new Broadcast()
  const end = new AbortController()
  const rings = bell.listen(end.signal)
  t.equal(bell.size, 1)
  const next = rings.next()
  end.abort()
  t.strictSame(await next, { done: true, value: undefined })
  t.equal(bell.size, 0)
  bell.ring()
  t.strictSame(await rings.next(), { done: true, value: undefined }, 'it stays ended')
  t.strictSame(await bell.listen(end.signal).next(), { done: true, value: undefined })
  t.equal(bell.size, 0)
})

t.test('leaving a loop ends the listening', async (t) => {
  const bell = new Broadcast()
  const rings = bell.listen(new AbortController().signal)
  bell.ring()
  for await (const _ of rings) break
  t.equal(bell.size, 0)
})

t.test('every listener hears every ring', async (t) => {
  const bell = new Broadcast()
  const { signal } = new AbortController()
  const all = [bell.listen(signal), bell.listen(signal), bell.listen(signal)]
  const heard = Promise.all(all.map((rings) => rings.next()))
  bell.ring()
  t.strictSame(
    (await heard).map(({ done }) => done),
    [false, false, false],
  )
})
