import t from 'tap'
import type { Transcript } from '../../src/contract/transcript.js'
import { Feed } from '../../src/manager/feed.js'
import { DEFAULT_SETTINGS } from '../../src/manager/settings.js'
import { memoryStore } from '../../src/stores/memory.js'
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
  const feed = new Feed({
    sessionKey: KEY,
    transcript: counted,
    branch: 'active',
    presentation: { redact: 'none', maxChars: 8000 },
    settings: { ...DEFAULT_SETTINGS, ...settings },
  })
  const place = async () => (await transcript.mark('active')).position
  const append = (n: number) => store.append(KEY, user(`${n}`, { id: `a${n}` }))
  return { append, feed, place, reads, store }
}

t.test('all who stand at one place share one read and its events', async (t) => {
  const { append, feed, place, reads } = openFeed()
  const end = await place()
  append(2)
  const batches = await Promise.all([feed.next(end), feed.next(end), feed.next(end)])
  t.equal(reads.count, 1)
  t.equal(batches[0], batches[2])
  t.equal(await feed.next(end), batches[0], 'and who comes later finds them kept')
  t.equal(reads.count, 1)
})

t.test('a read that began before a change is not shared after it', async (t) => {
  const { append, feed, place, reads } = openFeed()
  const end = await place()
  let open = () => {}
  reads.gate = new Promise((resolve) => {
    open = resolve
  })
  const early = feed.next(end)
  append(2)
  feed.changed()
  const late = feed.next(end)
  open()
  t.match(await early, { items: [], end })
  t.match(await late, { items: { length: 1 } })
})

t.test('two reads of one place make one object', async (t) => {
  const { append, feed, place } = openFeed()
  const end = await place()
  append(2)
  const first = feed.next(end)
  feed.changed()
  t.equal(await feed.next(end), await first)
})

t.test('only the last events are kept, and none after a loss', async (t) => {
  const { append, feed, place, store } = openFeed({ maxFeedEvents: 10, feedBatch: 2 })
  const start = await place()
  for (let n = 2; n < 40; n++) append(n)
  let at = start
  for (let more = true; more; ) {
    const batch = await feed.next(at)
    if (batch.kind === 'lost') throw new Error('lost')
    at = batch.end
    more = batch.more
    t.ok(feed.size <= 10)
  }
  t.equal(at, await place())
  store.replace(KEY, header('s'))
  t.match(await feed.next(at), { kind: 'lost' })
  t.equal(feed.size, 0)
})
