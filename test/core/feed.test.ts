import t from 'tap'
import type { Transcript } from '../../src/contract/transcript.js'
import { Feed, type FeedReader, type Loss } from '../../src/core/live/feed.js'
import type { News } from '../../src/core/live/feed-tail.js'
import { DEFAULT_SETTINGS } from '../../src/core/settings.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { header, user } from './lines.js'

const KEY = 'agent:main:main'

/** A real transcript whose reads can be held back, and are counted. */
function openFeed(settings = {}) {
  const store = memoryStore()
  const stored = store.put({ key: KEY, sessionId: 's' }, header('s') + user('1', { id: 'a1' }))
  const transcript = store.transcript(stored)
  const reads = { count: 0, gate: Promise.resolve() }
  const counted: Transcript = {
    sessionId: 's',
    mark: (branch) => transcript.mark(branch),
    page: (request) => transcript.page(request),
    changes: (signal) => transcript.changes(signal),
    totals: () => transcript.totals(),
    after: async (place, branch, limit) => {
      reads.count++
      const slice = await transcript.after(place, branch, limit)
      await reads.gate
      return slice
    },
  }
  const delays: number[] = []
  const feed = new Feed({
    sessionKey: KEY,
    transcript: counted,
    branch: 'active',
    presentation: { redact: 'none', maxChars: 8000 },
    settings: { ...DEFAULT_SETTINGS, ...settings },
    onDelivery: (ms) => delays.push(ms),
  })
  const place = async () => (await transcript.mark('active')).position
  const append = (n: number) => {
    store.append(KEY, user(`${n}`, { id: `a${n}` }))
    feed.changed()
  }
  return { append, delays, feed, place, reads, store }
}

/** What a reader that waits at a place is called back with. */
function next(feed: Feed, place: string): Promise<News | Loss> {
  return new Promise((take, fail) => feed.wait(place, { take, fail }))
}

const turns = async (count = 5) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

t.test('all who wait at one place share one read and its events', async (t) => {
  const { append, delays, feed, place, reads } = openFeed()
  const end = await place()
  const waiting = [next(feed, end), next(feed, end), next(feed, end)]
  await turns()
  t.equal(reads.count, 1, 'one looks for all')
  append(2)
  const [first, second, third] = await Promise.all(waiting)
  t.equal(reads.count, 2)
  t.match(first, { items: { length: 1 } })
  t.equal(first, second)
  t.equal(first, third)
  t.match(delays, { length: 1 }, 'and how long that took is told once')
  const news = feed.after(end)
  t.equal(news?.items[0], (first as News).items[0], 'who comes later finds them kept')
  t.equal(reads.count, 2)
})

t.test('where nothing came and nothing changed, nobody reads again', async (t) => {
  const { append, feed, place, reads } = openFeed()
  const end = await place()
  const reader: FeedReader = { take: () => t.fail('called back'), fail: () => t.fail('failed') }
  feed.wait(end, reader)
  await turns()
  feed.leave(end, reader)
  const later = next(feed, end)
  await turns()
  t.equal(reads.count, 1)
  append(2)
  t.match(await later, { items: { length: 1 } })
})

t.test('a read that began before a change is made again after it', async (t) => {
  const { append, feed, place, reads } = openFeed()
  const end = await place()
  let open = () => {}
  reads.gate = new Promise((resolve) => {
    open = resolve
  })
  const news = next(feed, end)
  await turns()
  append(2)
  open()
  t.match(await news, { items: { length: 1 } })
  t.equal(reads.count, 2)
})

t.test('who leaves is not called back; a failure is told to all who wait', async (t) => {
  const { append, feed, place, reads } = openFeed()
  const end = await place()
  const gone: FeedReader = { take: () => t.fail('called back'), fail: () => t.fail('failed') }
  feed.wait(end, gone)
  const stays = next(feed, end)
  feed.leave(end, gone)
  append(2)
  await stays
  const at = await place()
  const waiting = [next(feed, at), next(feed, at)]
  await turns()
  reads.gate = Promise.reject(new Error('unreadable'))
  append(3)
  for (const each of waiting) await t.rejects(each, { message: 'unreadable' })
})

t.test('only the last events are kept, and none after a loss', async (t) => {
  const { append, feed, place, store } = openFeed({ maxFeedEvents: 10, feedBatch: 2 })
  const start = await place()
  for (let n = 2; n < 40; n++) append(n)
  const last = await place()
  for (let at = start; at !== last; ) {
    const news = feed.after(at) ?? (await next(feed, at))
    if ('lost' in news) throw new Error('lost')
    at = news.end
    t.ok(feed.size <= 10)
  }
  t.ok(feed.size > 0)
  store.replace(KEY, header('s'))
  feed.changed()
  t.match(await next(feed, last), { lost: /./ })
  t.equal(feed.size, 0)
})
