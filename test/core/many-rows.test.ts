import t, { type Test } from 'tap'
import type { Grant } from '../../src/contract/grant.js'
import { Rows } from '../../src/core/rows/rows.js'
import { Totals } from '../../src/core/rows/totals.js'
import { Turns } from '../../src/core/rows/turns.js'
import { DEFAULT_SETTINGS } from '../../src/core/settings.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { assistant, header, START_MS } from './lines.js'
import { eventually, grantOf, openScene } from './scene.js'

const COUNT = 3000
const key = (n: number) => `agent:a${n % 20}:s${String(n).padStart(5, '0')}`

function fill(t: Test) {
  const scene = openScene()
  t.teardown(() => scene.close())
  for (let n = 0; n < COUNT; n++)
    scene.store.put({ key: key(n), sessionId: `id-${n}`, updatedAtMs: START_MS + n })
  return scene
}

/** All pages. */
async function walk(scene: ReturnType<typeof fill>, query: object, grant: Grant) {
  const keys: string[] = []
  for (let cursor: string | null = null; ; ) {
    const next = cursor === null ? {} : { cursor }
    const page = await scene.list({ limit: 700, ...query, ...next }, grant)
    keys.push(...page.sessions.map((session) => session.key))
    if (page.nextCursor === null) return keys
    cursor = page.nextCursor
  }
}

t.test('a change of everything is taken in while others are answered', async (t) => {
  const scene = fill(t)
  const grant = grantOf({ agents: ['a3'], sessions: ['*:s00*', '*:s01*'] })
  await eventually(async () => (await scene.list()).totalCount === COUNT)
  t.equal((await scene.list({}, grant)).totalCount, 100)
  for (let n = 0; n < COUNT; n++)
    scene.store.put({ key: key(n), label: 'new', updatedAtMs: START_MS - n })
  const totals: number[] = []
  await eventually(async () => {
    const { totalCount } = await scene.list({ label: 'new' })
    t.equal((await scene.list({ limit: 1 })).totalCount, COUNT)
    totals.push(totalCount)
    return totalCount === COUNT
  })
  t.strictSame(
    totals,
    totals.toSorted((a, b) => a - b),
  )
  const every = Array.from({ length: COUNT }, (_, n) => key(n))
  t.strictSame(await walk(scene, {}, grantOf({})), every, 'newest first is the other way round now')
  t.strictSame(await walk(scene, { sort: 'updatedAt' }, grantOf({})), every.toReversed())
  t.strictSame(
    await walk(scene, { agent: 'a3' }, grantOf({})),
    every.filter((one) => one.startsWith('agent:a3:')),
  )
  t.equal((await walk(scene, {}, grant)).length, 100)
  for (let n = 0; n < COUNT; n++) if (n % 3 !== 0) scene.store.remove(key(n))
  await eventually(async () => (await scene.list()).totalCount === COUNT / 3)
  t.equal((await scene.list({}, grant)).sources[0]?.sessions, 34)
  t.equal((await walk(scene, {}, grant)).length, 34)
})

t.test('sums are taken in together, not one change of all lists for each', async (t) => {
  const store = memoryStore()
  const rows = new Rows({ runtime: null, turns: new Turns(), clock: Date.now })
  const totals = new Totals(rows, { ...DEFAULT_SETTINGS, totalsWaitMs: 20_000 })
  t.teardown(() => {
    totals.close()
    rows.close()
  })
  const upserted = Array.from({ length: 300 }, (_, n) => {
    const lines = header(`id-${n}`) + assistant('x', { input: n, output: 0 }, { id: 'a' })
    return store.put({ key: key(n), sessionId: `id-${n}` }, lines)
  })
  await rows.apply(
    store,
    {
      upserted,
      removed: [],
      sources: [],
      configuredAgents: null,
      defaultAgent: 'main',
      mainKey: 'main',
    },
    true,
  )
  let changes = 0
  rows.onChange(() => {
    changes += 1
  })
  totals.request(upserted.flatMap(({ key: one }) => [...rows.find(one)]))
  await eventually(() => rows.find(key(299))[0]?.row.session.inputTokens === 299)
  await totals.complete(() => true)
  t.ok(upserted.every(({ key: one }, n) => rows.find(one)[0]?.row.session.inputTokens === n))
  t.ok(changes < 100, `${changes} changes`)
})
