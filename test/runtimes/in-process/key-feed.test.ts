import t from 'tap'
import { KeyFeed } from '../../../src/runtimes/in-process/key-feed.js'

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = []
  for await (const key of keys) seen.push(key)
  return seen
}

t.test('every subscriber hears every key, from the call on', async (t) => {
  const feed = new KeyFeed()
  const stop = new AbortController()
  const first = feed.subscribe(stop.signal)[Symbol.asyncIterator]()
  const second = feed.subscribe(stop.signal)[Symbol.asyncIterator]()
  feed.publish('a')
  t.strictSame(await first.next(), { done: false, value: 'a' })
  t.strictSame(await second.next(), { done: false, value: 'a' })
  const waiting = second.next()
  feed.publish('b')
  t.strictSame(await waiting, { done: false, value: 'b' })
})

t.test('a key not taken yet is kept once', async (t) => {
  const feed = new KeyFeed()
  const keys = feed.subscribe(new AbortController().signal)[Symbol.asyncIterator]()
  for (const key of ['a', 'b', 'a', 'a']) feed.publish(key)
  t.equal((await keys.next()).value, 'a')
  t.equal((await keys.next()).value, 'b')
  feed.publish('a')
  t.equal((await keys.next()).value, 'a', 'and again after it was taken')
})

t.test('the signal, return() and close() each end a subscription and leave nothing', async (t) => {
  const feed = new KeyFeed()
  const stop = new AbortController()
  const bySignal = collect(feed.subscribe(stop.signal))
  const unread = feed.subscribe(new AbortController().signal)[Symbol.asyncIterator]()
  const byClose = collect(feed.subscribe(new AbortController().signal))
  t.equal(feed.size, 3)
  stop.abort()
  t.strictSame(await bySignal, [])
  await unread.return?.()
  t.equal(feed.size, 1)
  feed.close()
  t.strictSame(await byClose, [])
  t.equal(feed.size, 0)
  t.strictSame(
    await collect(feed.subscribe(new AbortController().signal)),
    [],
    'late ones end at once',
  )
})
