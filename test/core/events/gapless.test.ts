import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Grant } from '../../../src/contract/grant.js'
import { searches } from '../../searches.js'
import { assistant, header, START_MS } from '../lines.js'
import { eventually, grantOf, openScene, type Scene } from '../scene.js'
import { Dashboard } from './dashboard.js'

const KEYS = [
  'agent:main:main',
  'agent:main:cron:job',
  'agent:main:cron:job:run:s1',
  'agent:main:subagent:a',
  'agent:main:subagent:b',
  'agent:work:main',
  'agent:work:subagent:c',
  'agent:work:telegram:group:7',
] as const

const key = fc.constantFrom(...KEYS)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      sessionId: fc.constantFrom('s1', 's2', 's3', null),
      spawnedBy: fc.oneof(fc.constant(null), key),
      parentSessionKey: fc.oneof(fc.constant(null), key),
      label: fc.constantFrom(null, 'one', 'two'),
      updatedAtMs: fc.integer({ min: 1, max: 50 }),
      status: fc.constantFrom('running' as const, 'done' as const, 'failed' as const, null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('open' as const, 'drop' as const, 'back' as const),
      who: fc.nat(6),
    }),
  },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const VIEWERS: readonly (readonly [string, Grant, Record<string, unknown>])[] = [
  ['everything', grantOf({}), {}],
  ['an agent', grantOf({ agents: ['main'] }), {}],
  ['a session and what it spawned', grantOf({ sessions: ['agent:main:main'] }), {}],
  ['behind a wall', grantOf({ agents: ['main'], sessions: ['*subagent:a', 'agent:work:*'] }), {}],
  ['no text', grantOf({ redact: 'text', sessions: ['*cron*'] }), {}],
  ['no names', grantOf({ redact: 'all' }), {}],
  ['a filter', grantOf({}), { agent: 'work', kinds: ['subagent', 'group'] }],
]

/** What the clock decides is told by nobody. */
function timeless(rows: Iterable<{ key: string }>): Table {
  return Object.fromEntries([...rows].map((row) => [row.key, { ...row, age: null, active: null }]))
}

class Play {
  readonly scene: Scene
  readonly dashboards: Dashboard[]
  readonly #open = new Set<Dashboard>()
  readonly #known = new Set<Dashboard>()
  #seq = 0

  constructor(settings: { maxLoggedEvents: number }) {
    this.scene = openScene({
      clock: () => START_MS,
      settings: { rowEventIntervalMs: 8, ...settings },
    })
    this.dashboards = VIEWERS.map(
      ([, grant, query]) => new Dashboard(this.scene.manager, grant, query),
    )
  }

  async act(step: Step): Promise<void> {
    const { store } = this.scene
    if (step.do === 'put') {
      const { do: _, ...facts } = step
      store.put(facts, facts.sessionId === null ? undefined : header(facts.sessionId))
    } else if (step.do === 'remove') store.remove(step.key)
    else if (step.do === 'append') this.#append(step.key)
    else if (step.do === 'turn') await turn()
    else if (step.do === 'wait') await delay(3)
    else await this.#move(this.dashboards[step.who] as Dashboard, step.do)
  }

  async end(): Promise<void> {
    for (const dashboard of this.dashboards)
      if (!this.#open.has(dashboard)) await this.#move(dashboard, 'back')
  }

  async close(): Promise<void> {
    await Promise.all(this.dashboards.map((dashboard) => dashboard.disconnect()))
    await this.scene.close()
  }

  async #move(dashboard: Dashboard, how: 'open' | 'drop' | 'back'): Promise<void> {
    if (how === 'drop') {
      this.#open.delete(dashboard)
      await dashboard.disconnect()
    } else if (!this.#open.has(dashboard)) {
      this.#open.add(dashboard)
      await (this.#known.has(dashboard) ? dashboard.connect() : dashboard.open())
      this.#known.add(dashboard)
    }
  }

  #append(key: string): void {
    // Often all that moves are the sums.
    const id = `m${++this.#seq}`
    const text = assistant('Done.', { input: this.#seq, output: 1, cost: 0.01 }, { id })
    try {
      this.scene.store.append(key, text)
    } catch {
      // No such session now.
    }
  }
}

async function play(steps: readonly Step[], maxLoggedEvents: number): Promise<Play> {
  const game = new Play({ maxLoggedEvents })
  try {
    for (const one of steps) await game.act(one)
    await game.end()
    for (const [at, [, grant, query]] of VIEWERS.entries()) await agrees(game, at, grant, query)
  } finally {
    await game.close()
  }
  return game
}

async function agrees(game: Play, at: number, grant: Grant, query: Record<string, unknown>) {
  const { rows } = game.dashboards[at] as Dashboard
  let shown: Table = {}
  let listed: Table = {}
  try {
    await eventually(async () => {
      listed = timeless((await game.scene.list({ ...query, limit: 1000 }, grant)).sessions)
      shown = timeless(rows.values())
      return isDeepStrictEqual(shown, listed)
    })
  } catch (cause) {
    const facts = JSON.stringify({ viewer: VIEWERS[at]?.[0], ...differences(shown, listed) })
    throw new Error(`a dashboard differs from its list: ${facts}`, { cause })
  }
}

type Table = Record<string, Record<string, unknown>>

/** Fields that differ, as `[shown, listed]`. */
function differences(shown: Table, listed: Table): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(shown), ...Object.keys(listed)])) {
    const [a, b] = [shown[key], listed[key]]
    if (a === undefined || b === undefined) found[key] = [a !== undefined, b !== undefined]
    else
      for (const name of Object.keys(b))
        if (!isDeepStrictEqual(a[name], b[name])) found[`${key}.${name}`] = [a[name], b[name]]
  }
  return found
}

t.test('a list and the stream after it are never apart, whatever happens between', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await play(steps, 10_000)
    }),
    searches(25),
  )
  t.pass('every viewer agreed with its list at the end')
})

t.test('nor when the log holds next to nothing', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      await play(steps, 2)
    }),
    searches(10),
  )
  t.pass('every viewer agreed with its list at the end')
})
