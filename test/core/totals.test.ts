import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Store } from '../../src/contract/store.js'
import type { TranscriptTotals } from '../../src/contract/transcript.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { assistant, header } from './lines.js'
import { eventually, openScene } from './scene.js'

const key = (n: number) => `agent:main:s${n}`

/** A memory store whose sums are read through `gate`; tells which keys were read, in order. */
function gated(gate: (key: string) => Promise<void>) {
  const inner = memoryStore()
  const asked: string[] = []
  let watched = 0
  const store: Store = {
    id: 'gated',
    source: 'gateway',
    changes: (signal) => inner.changes(signal),
    close: () => inner.close(),
    transcript: (session) => {
      const transcript = inner.transcript(session)
      return {
        sessionId: session.sessionId,
        mark: (branch) => transcript.mark(branch),
        page: (request) => transcript.page(request),
        after: (place, branch, limit) => transcript.after(place, branch, limit),
        async *changes(signal) {
          watched++
          try {
            yield* transcript.changes(signal) as AsyncIterable<void>
          } finally {
            watched--
          }
        },
        async totals(): Promise<TranscriptTotals> {
          asked.push(session.key)
          await gate(session.key)
          return transcript.totals()
        },
      }
    },
  }
  return { inner, store, asked, watched: () => watched }
}

function open(t: Test, store: Store, settings = {}) {
  const scene = openScene({ stores: [store], settings })
  t.teardown(() => scene.close())
  return scene
}

function fill(
  inner: ReturnType<typeof memoryStore>,
  count: number,
  updatedAtMs = (n: number) => n,
) {
  for (let n = 1; n <= count; n++) {
    const atMs = updatedAtMs(n)
    const lines =
      header(`id${n}`, atMs) + assistant('x', { input: n, output: 0 }, { id: `a${n}`, atMs })
    inner.put({ key: key(n), sessionId: `id${n}`, updatedAtMs: atMs }, lines)
  }
}

t.test('the newest are read first, but a page that is asked for before all', async (t) => {
  let open1 = () => {}
  const first = new Promise<void>((resolve) => {
    open1 = resolve
  })
  const { asked, inner, store } = gated(() => first)
  fill(inner, 20)
  const scene = open(t, store, { totalsConcurrency: 1 })
  await scene.manager.health()
  const page = scene.list({ sort: 'updatedAt', limit: 2 })
  await eventually(() => asked.length > 0)
  open1()
  const { sessions } = await page
  t.strictSame(
    sessions.map(({ inputTokens }) => inputTokens),
    [1, 2],
  )
  t.strictSame(asked.slice(0, 3), [key(20), key(1), key(2)])
  await eventually(() => asked.length >= 20)
  t.strictSame(asked.slice(3, 5), [key(19), key(18)], 'then the rest in the background')
})

t.test('who waits too long gets nulls, and the sums when they are there', async (t) => {
  let open1 = () => {}
  const { inner, store } = gated(
    () =>
      new Promise((resolve) => {
        open1 = resolve
      }),
  )
  fill(inner, 1)
  const scene = open(t, store, { totalsWaitMs: 20 })
  const [early] = (await scene.list()).sessions
  t.match(early, {
    inputTokens: null,
    totalCost: null,
    costSource: 'unknown',
    contextTokens: null,
    contextFresh: false,
  })
  open1()
  await eventually(async () => (await scene.list()).sessions[0]?.inputTokens === 1)
})

t.test('a transcript that cannot be read leaves its row without sums', async (t) => {
  const { inner, store } = gated(async () => {
    throw new Error('EIO')
  })
  fill(inner, 1)
  const scene = open(t, store)
  t.match((await scene.list()).sessions, [{ key: key(1), totalTokens: null }])
})

t.test('filters and sorts over sums wait for all of them', async (t) => {
  const { inner, store } = gated(() => new Promise((resolve) => setImmediate(resolve)))
  fill(inner, 30)
  const scene = open(t, store)
  t.strictSame(await scene.keys({ sort: '-contextTokens', limit: 2 }), [key(30), key(29)])
  const other = open(t, store)
  t.equal((await other.list({ minTotalTokens: 11, limit: 1 })).totalCount, 20)
})

t.test('a bounded number of transcripts is watched, live runs first', async (t) => {
  const { inner, store, watched } = gated(async () => {})
  fill(inner, 20, () => Date.now())
  const scene = open(t, store, { maxWatchedTranscripts: 5 })
  await scene.list()
  t.equal(watched(), 5)
  const run = scene.registry.start({ sessionKey: key(20) })
  await eventually(async () => (await scene.keys({ status: 'running' })).length === 1)
  t.equal(watched(), 5)
  inner.append(key(20), assistant('y', { input: 100, output: 0 }, { id: 'b' }))
  await eventually(
    async () => (await scene.list({ search: key(20) })).sessions[0]?.inputTokens === 120,
  )
  run.end()
  for (let n = 1; n <= 20; n++) inner.remove(key(n))
  await eventually(() => watched() === 0)
})

t.test('an old session is not watched, but its detail is always read anew', async (t) => {
  const { inner, store, watched } = gated(async () => {})
  fill(inner, 1)
  const lines = assistant('y', { input: 100, output: 0 }, { id: 'b', atMs: 1 })
  inner.replace(key(1), assistant('x', { input: 1, output: 0 }, { id: 'a1', atMs: 1 }))
  const scene = open(t, store)
  t.match((await scene.list()).sessions, [{ inputTokens: 1 }])
  t.equal(watched(), 0)
  inner.append(key(1), lines)
  t.match((await scene.manager.get(key(1), FULL_GRANT)).session, { inputTokens: 101 })
})
