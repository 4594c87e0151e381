import fc from 'fast-check'
import t from 'tap'
import type { Grant } from '../../src/contract/grant.js'
import { ListQuery, SortKey, type Source } from '../../src/contract/session.js'
import type { Store, StoreChange, StoredSession } from '../../src/contract/store.js'
import { termsOf } from '../../src/core/list/filter-terms.js'
import { Listings } from '../../src/core/list/listings.js'
import { type Rank, rankOf } from '../../src/core/list/sort-order.js'
import { Rows } from '../../src/core/rows/rows.js'
import { Sources } from '../../src/core/rows/sources.js'
import { Turns } from '../../src/core/rows/turns.js'
import { Lookup } from '../../src/core/visibility/lookup.js'
import { Populations } from '../../src/core/visibility/populations.js'
import { Visibility } from '../../src/core/visibility/visibility.js'
import { createRunRegistry, type RunHandle } from '../../src/runtimes/in-process/index.js'
import { blankSession, memoryStore } from '../../src/stores/memory/memory-store.js'
import { searches } from '../searches.js'
import { START_MS } from './lines.js'
import { plainList } from './plain-list.js'
import { grantOf } from './scene.js'

const MINUTE_MS = 60_000
const WINDOW_MINUTES = 5
const KEYS = [
  'agent:a:main',
  'agent:a:telegram:group:1',
  'agent:a:cron:j',
  'agent:a:cron:j:run:1',
  'agent:a:cron:j:run:2',
  'agent:a:subagent:1',
  'agent:a:subagent:2',
  'agent:b:main',
  'agent:b:subagent:3',
  'agent:b:hook:1',
  'agent:b:cron:j:run:1',
  'global',
] as const
const IDS = ['s1', 'S1', 's2', 's3', 's4', null]

const facts = fc.record({
  key: fc.constantFrom(...KEYS),
  sessionId: fc.constantFrom(...IDS),
  updatedAtMs: fc.option(fc.nat(12).map((minutes) => START_MS + minutes * MINUTE_MS)),
  status: fc.constantFrom('done', 'failed', null),
  label: fc.constantFrom('one', 'Two', null),
  subject: fc.constantFrom('Family', null),
  channel: fc.constantFrom('telegram', 'WebChat', null),
  contextTokens: fc.option(fc.nat(3).map((n) => n * 1000)),
  contextWindow: fc.constantFrom(2000, null),
  inputTokens: fc.option(fc.nat(3)),
  outputTokens: fc.constant(0),
  lastRunCost: fc.option(fc.nat(3)),
  spawnedBy: fc.option(fc.constantFrom(...KEYS), { freq: 2 }),
})

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), store: fc.nat(1), facts }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      store: fc.nat(1),
      key: fc.constantFrom(...KEYS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      key: fc.constantFrom(...KEYS),
      parent: fc.constantFrom(...KEYS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      agents: fc.option(fc.subarray(['a', 'b'])),
    }),
  },
)

/** Few at a time: a list that is always empty would prove nothing. */
const filters = fc.subarray(
  [
    ['agent', 'A'],
    ['agent', 'b'],
    ['kinds', 'main,cron'],
    ['kinds', 'subagent,hook'],
    ['channel', 'webchat'],
    ['status', 'done'],
    ['status', 'running,failed'],
    ['active', '0'],
    ['active', '1'],
    ['activeMinutes', '1'],
    ['activeMinutes', '4'],
    ['minTokens', '2'],
    ['minTotalTokens', '2'],
    ['minCost', '1'],
    ['label', 'one'],
    ['search', 'FAMILY'],
    ['search', 't'],
    ['spawnedBy', 'main'],
    ['spawnedBy', 'agent:b:main'],
    ['configuredAgentsOnly', '1'],
    ['source', 'auto'],
    ['source', 'local'],
  ],
  { maxLength: 2 },
)

const query = fc
  .tuple(filters, fc.constantFrom(...SortKey.options), fc.integer({ min: 1, max: 4 }))
  .map(([some, sort, limit]) => ListQuery.parse({ ...Object.fromEntries(some), sort, limit }))

const GRANTS: readonly Grant[] = [
  grantOf({}),
  grantOf({ redact: 'all' }),
  grantOf({ agents: ['B'] }),
  grantOf({ sessions: ['*:subagent:1', 'agent:b:*'] }),
  grantOf({ agents: ['a'], sessions: ['agent:a:main', '*hook*'] }),
]

/** The kept listings over two stores and real runs, and the same rows looked at plainly. */
class World {
  nowMs = START_MS
  readonly runtime = createRunRegistry()
  readonly stores: Store[] = (['gateway', 'local'] as const).map((source: Source) =>
    memoryStore({ id: source, source }),
  )
  /** A turn for every single step: whatever can come between two of them does. */
  readonly turns = new Turns(0)
  readonly rows = new Rows({ runtime: this.runtime, turns: this.turns, clock: () => this.nowMs })
  readonly sources = new Sources(this.stores)
  readonly lookup = new Lookup(this.rows, this.sources)
  readonly populations = new Populations(this.rows, this.turns)
  readonly listings = new Listings({
    rows: this.rows,
    lineage: this.rows.lineage,
    sources: this.sources,
    turns: this.turns,
    minute: () => this.nowMs,
    activeWindowMinutes: WINDOW_MINUTES,
  })
  readonly runs: RunHandle[] = []

  async change(store: number, change: Partial<StoreChange>): Promise<void> {
    const whole: StoreChange = {
      upserted: [],
      removed: [],
      sources: [],
      configuredAgents: null,
      defaultAgent: 'a',
      mainKey: 'main',
      ...change,
    }
    const to = this.stores[store] as Store
    await this.rows.apply(to, whole, false)
    this.sources.set(to, whole)
  }

  run(key: string, parent: string): void {
    if (this.runs.some(({ sessionKey }) => sessionKey === key)) return
    this.runs.push(this.runtime.start({ sessionKey: key, parentSessionKey: parent }))
    for (const one of [key, parent]) this.rows.refresh(one)
  }

  end(): void {
    const run = this.runs.shift()
    if (run === undefined) return
    run.end()
    for (const key of KEYS) this.rows.refresh(key)
  }

  /** The keys of all pages, and what the answers said of their number. */
  async listed(asked: ListQuery, grant: Grant) {
    const population = await this.populations.of(grant)
    const sight = new Visibility(grant, this.rows.lineage)
    const spawner = this.#spawner(asked, sight)
    const terms = termsOf(asked, population, spawner, grant.redact === 'all')
    const keys: string[] = []
    for (let after: Rank | null = null; ; ) {
      const listing = this.listings.of(terms, population)
      await listing.prepare(asked.sort)
      const page = listing.page(asked.sort, after, asked.limit, this.nowMs)
      if (page === null) continue
      keys.push(...page.rows.map(({ key }) => key))
      const last = page.rows.at(-1)
      if (!page.hasMore || last === undefined) return { keys, total: page.totalCount }
      after = rankOf(last, asked.sort)
    }
  }

  plain(asked: ListQuery, grant: Grant) {
    const { lineage } = this.rows
    const sight = new Visibility(grant, lineage)
    const all = [...this.rows.keys()].flatMap((key) => [...this.rows.find(key)])
    const keys = plainList(all, asked, {
      sight,
      nowMs: this.nowMs,
      activeWindowMinutes: WINDOW_MINUTES,
      namesHidden: grant.redact === 'all',
      spawner: this.#spawner(asked, sight),
      isConfigured: ({ row, store }) => this.sources.isConfigured(store, row.session.agent),
      hasSpawned: (parent, child) => [...lineage.spawned(parent)].includes(child),
    }).map(({ key }) => key)
    return { keys, total: keys.length }
  }

  #spawner({ spawnedBy }: ListQuery, sight: Visibility): string | null {
    return spawnedBy === undefined ? null : this.lookup.keyOf(spawnedBy, sight)
  }

  async close(): Promise<void> {
    this.rows.close()
    await this.runtime.close()
  }
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function take(world: World, one: Step): Promise<void> {
  if (one.do === 'put') {
    const stored: StoredSession = { ...blankSession(one.facts.key), ...one.facts }
    await world.change(one.store, { upserted: [stored] })
  }
  if (one.do === 'remove') await world.change(one.store, { removed: [one.key] })
  if (one.do === 'run') world.run(one.key, one.parent)
  if (one.do === 'end') world.end()
  if (one.do === 'wait') world.nowMs += one.minutes * MINUTE_MS
  if (one.do === 'configure') await world.change(0, { configuredAgents: one.agents })
}

t.test('a kept listing says what a look at all rows says, whatever moved', async (t) => {
  let rowsSeen = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(query, fc.nat(GRANTS.length - 1)), { minLength: 2, maxLength: 4 }),
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      async (asked, rounds) => {
        const world = new World()
        try {
          for (const round of rounds) {
            const meanwhile = asked.map(([one, at]) => world.listed(one, GRANTS[at] as Grant))
            for (const one of round) {
              await take(world, one)
              await new Promise(setImmediate)
            }
            await Promise.all(meanwhile)
            for (const [one, at] of asked) {
              const grant = GRANTS[at] as Grant
              const kept = await world.listed(one, grant)
              const plain = world.plain(one, grant)
              rowsSeen += plain.total
              if (JSON.stringify(kept) !== JSON.stringify(plain))
                throw new Error(`${JSON.stringify(kept)} is not ${JSON.stringify(plain)}`)
            }
          }
        } finally {
          await world.close()
        }
      },
    ),
    searches(150),
  )
  t.ok(rowsSeen > 1000, 'and it was not about empty lists')
})
