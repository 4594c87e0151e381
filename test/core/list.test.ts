import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { Session, SessionList } from '../../src/contract/session.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { assistant, compaction, header, START_MS, user } from './lines.js'
import { eventually, grantOf, openScene, type Scene } from './scene.js'

const NOW = START_MS + 30_000
const MINUTE = 60_000

/** Two agents, a cron job with its run, a sub-agent, a group; `main` has a transcript. */
function fill({ store }: Scene): void {
  const put = (key: string, minutesAgo: number, facts: object = {}) =>
    store.put({ key, sessionId: `id-${key}`, updatedAtMs: NOW - minutesAgo * MINUTE, ...facts })
  const spent = { input: 11_000, output: 1000, cost: 0.5 }
  store.put(
    {
      key: 'agent:main:main',
      sessionId: 's-main',
      updatedAtMs: NOW - MINUTE,
      contextWindow: 32_000,
      channel: 'webchat',
    },
    header('s-main') +
      user('hello there', { id: 'a1' }) +
      assistant('hi', spent, { id: 'a2', atMs: NOW - 2 * MINUTE }),
  )
  put('agent:main:subagent:1', 2, { spawnedBy: 'agent:main:main', label: 'Child' })
  put('agent:main:telegram:group:77', 120, { subject: 'Family', status: 'failed' })
  put('agent:work:main', 3, { label: 'Work' })
  store.put({
    key: 'agent:work:cron:j',
    sessionId: 'run-1',
    updatedAtMs: NOW - 9 * MINUTE,
    label: 'Job',
  })
  store.put({
    key: 'agent:work:cron:j:run:run-1',
    sessionId: 'run-1',
    updatedAtMs: NOW - 4 * MINUTE,
    label: 'Run',
  })
  put('agent:work:hook:1', 5)
  store.put({ key: 'agent:work:blank' })
  put('global', 1)
  put('unknown', 1)
}

const everyKey = [
  'agent:main:main',
  'agent:main:subagent:1',
  'agent:work:main',
  'agent:work:cron:j',
  'agent:work:hook:1',
  'agent:main:telegram:group:77',
  'agent:work:blank',
]

async function filled(t: Test, settings = {}): Promise<Scene> {
  const scene = openScene({ clock: () => NOW, settings })
  t.teardown(() => scene.close())
  fill(scene)
  return scene
}

t.test('rows are listed newest first, duplicates once, literal buckets never', async (t) => {
  const scene = await filled(t)
  const list = await scene.list()
  t.strictSame(
    list.sessions.map(({ key }) => key),
    everyKey,
  )
  t.match(list, { count: 7, totalCount: 7, hasMore: false, nextCursor: null, limitApplied: 50 })
  t.doesNotThrow(() => SessionList.parse(list))
  t.match(list.eventId, /^[\w-]{22}$/)
  const job = list.sessions.find(({ key }) => key === 'agent:work:cron:j')
  t.match(
    job,
    { label: 'Run', id: 'run-1', kind: 'cron' },
    "the job's key with the newest row's values",
  )
  t.equal(
    await scene.manager.resolve('agent:work:cron:j:run:run-1', grantOf({})),
    'agent:work:cron:j:run:run-1',
  )
})

t.test('a row holds what its store, its transcript and its key say', async (t) => {
  const scene = await filled(t)
  const [row] = (await scene.list()).sessions
  t.strictSame(Session.parse(row), row)
  t.match(row, {
    id: 's-main',
    agent: 'main',
    kind: 'chat',
    channel: 'webchat',
    model: 'mock/mock-1',
    modelProvider: 'mock',
    contextTokens: 11_000,
    contextWindow: 32_000,
    contextPct: 34,
    contextFresh: true,
    tokens: '11k/32k (34%)',
    inputTokens: 11_000,
    outputTokens: 1000,
    totalTokens: 12_000,
    totalCost: 0.5,
    costSource: 'reported',
    estimatedCost: null,
    age: '0m',
    active: true,
    startTime: START_MS / 1000,
    status: 'idle',
    flags: ['main'],
    source: 'gateway',
    childSessions: ['agent:main:subagent:1'],
    userMessages: 1,
    assistantMessages: 1,
    lastUserPrompt: 'hello there',
    workingDir: '/work',
  })
  const blank = (await scene.list({ search: 'blank' })).sessions[0]
  t.match(blank, {
    id: 'work:agent:work:blank',
    sessionId: null,
    status: 'unknown',
    totalTokens: null,
    totalCost: null,
    costSource: 'unknown',
    age: null,
    updatedAt: null,
    active: false,
  })
})

t.test('right after a compaction the size of the context is not known', async (t) => {
  const scene = await filled(t)
  scene.store.append('agent:main:main', compaction(11_000, { id: 'a3' }))
  const row = await eventually(async () => {
    const [first] = (await scene.list()).sessions
    return first?.contextFresh === false && first
  })
  t.match(row, { contextTokens: null, contextPct: null, tokens: null, inputTokens: 11_000 })
  const detail = await scene.manager.get('main', grantOf({}))
  t.match(detail.compactions, [{ id: 'a3', tokensBefore: 11_000 }])
})

t.test('filters', async (t) => {
  const scene = await filled(t)
  const cases: [query: Record<string, unknown>, keys: string[]][] = [
    [
      { agent: 'WORK' },
      ['agent:work:main', 'agent:work:cron:j', 'agent:work:hook:1', 'agent:work:blank'],
    ],
    [{ kinds: 'main' }, ['agent:main:main', 'agent:work:main']],
    [{ kinds: 'hook,group' }, ['agent:work:hook:1', 'agent:main:telegram:group:77']],
    [{ kinds: 'subagent' }, ['agent:main:subagent:1']],
    [{ channel: 'Telegram' }, ['agent:main:telegram:group:77']],
    [{ status: 'failed' }, ['agent:main:telegram:group:77']],
    [{ label: 'Work' }, ['agent:work:main']],
    [{ label: 'work' }, []],
    [{ search: 'FAMILY' }, ['agent:main:telegram:group:77']],
    [{ search: 'chiLD' }, ['agent:main:subagent:1']],
    [{ search: 's-main' }, ['agent:main:main']],
    [{ spawnedBy: 'agent:main:main' }, ['agent:main:subagent:1']],
    [{ spawnedBy: 'main' }, ['agent:main:subagent:1']],
    [{ spawnedBy: 'nobody' }, []],
    [{ minTotalTokens: 12_000 }, ['agent:main:main']],
    [{ minTotalTokens: 12_001 }, []],
    [{ minCost: '0.5' }, ['agent:main:main']],
    [{ activeMinutes: 2 }, ['agent:main:main', 'agent:main:subagent:1']],
    [{ active: 'false' }, ['agent:main:telegram:group:77', 'agent:work:blank']],
    [{ source: 'local' }, []],
    [{ source: 'auto', label: 'Work' }, ['agent:work:main']],
    [{ search: 'run:run-1' }, ['agent:work:cron:j:run:run-1']],
    [{ sort: 'key', limit: 2 }, ['agent:main:main', 'agent:main:subagent:1']],
    [{ sort: '-totalCost', limit: 1 }, ['agent:main:main']],
    [{ sort: 'totalCost', limit: 1 }, ['agent:main:main']],
  ]
  for (const [query, keys] of cases)
    t.strictSame(await scene.keys(query), keys, JSON.stringify(query))
})

t.test('only configured agents, where a configuration says which', async (t) => {
  const stores = [memoryStore({ configuredAgents: ['work'] })]
  const scene = openScene({ stores })
  t.teardown(() => scene.close())
  for (const agent of ['main', 'work']) stores[0]?.put({ key: `agent:${agent}:main` })
  t.strictSame(await scene.keys({ configuredAgentsOnly: '1' }), ['agent:work:main'])
})

t.test('a session known to several sources is listed once, the best of them', async (t) => {
  const local = memoryStore({ id: 'local', source: 'local' })
  const gateway = memoryStore({ id: 'gateway', source: 'gateway' })
  const usage = memoryStore({ id: 'usage', source: 'usage' })
  const scene = openScene({ stores: [usage, local, gateway] })
  t.teardown(() => scene.close())
  usage.put({ key: 'agent:main:a', sessionId: 'same', updatedAtMs: 9, label: 'usage' })
  local.put({ key: 'agent:main:a', sessionId: 'same', updatedAtMs: 5, label: 'local' })
  local.put({
    key: 'agent:main:b',
    sessionId: 'other',
    updatedAtMs: 4,
    inputTokens: 15_000,
    outputTokens: 900,
  })
  gateway.put({ key: 'agent:main:c', sessionId: 'same', updatedAtMs: 1, label: 'gateway' })
  const { sessions } = await scene.list({ sort: 'key' })
  t.match(sessions, [
    { key: 'agent:main:b', tokens: '15k/900' },
    { key: 'agent:main:c', label: 'gateway' },
  ])
  t.strictSame(await scene.keys({ source: 'local', sort: 'key' }), ['agent:main:a', 'agent:main:b'])
  t.strictSame(await scene.keys({ source: 'auto' }), ['agent:main:c'])
  t.strictSame(await scene.keys({ source: 'usage' }), ['agent:main:a'])
  const walled = grantOf({ sessions: ['agent:main:b'] })
  t.strictSame(await scene.keys({ source: 'auto' }, walled), ['agent:main:b'], 'of what is seen')
})

t.test('previews are the newest messages without tool results', async (t) => {
  const scene = await filled(t)
  const [row, child] = (await scene.list({ messageLimit: 1 })).sessions
  t.match(row?.messages, [{ role: 'assistant', content: [{ text: 'hi' }] }])
  t.strictSame(child?.messages, [])
  t.notOk('messages' in ((await scene.list()).sessions[0] ?? {}))
})

t.test('a time that is more than five minutes ahead is not believed', async (t) => {
  const written = START_MS - 180 * MINUTE
  const text = header('s', written) + user('hello', { id: 'a1', atMs: written })
  const ahead = START_MS + 30 * 24 * 60 * MINUTE
  const fields = ['updatedAtMs', 'lastInteractionAtMs', 'startedAtMs', 'endedAtMs']
  let nowMs = START_MS
  const scene = openScene({ clock: () => nowMs })
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:main:fresh', sessionId: 'fresh', updatedAtMs: START_MS - MINUTE })
  scene.store.put({ key: 'agent:main:soon', sessionId: 'soon', updatedAtMs: START_MS + 4 * MINUTE })
  scene.store.put({ key: 'agent:main:never', sessionId: 'never', updatedAtMs: ahead })
  for (const field of fields) {
    const facts = {
      key: `agent:main:${field}`,
      sessionId: field,
      updatedAtMs: written,
      status: 'done' as const,
    }
    scene.store.put({ ...facts, [field]: ahead }, text.replaceAll('"s"', `"${field}"`))
  }
  const list = await scene.list()
  t.strictSame(
    list.sessions.slice(0, 2).map(({ key }) => key),
    ['agent:main:soon', 'agent:main:fresh'],
    'none of them is first',
  )
  t.equal(list.sessions.at(-1)?.key, 'agent:main:never', 'nothing is known of its time')
  for (const field of fields)
    t.match(
      list.sessions.find(({ sessionId }) => sessionId === field),
      {
        updatedAt: new Date(written).toISOString(),
        lastActivity: written / 1000,
        age: '3h',
        active: false,
        startedAt: null,
        endedAt: null,
      },
    )
  t.strictSame(await scene.keys({ activeMinutes: '10' }), ['agent:main:soon', 'agent:main:fresh'])
  t.match((await scene.manager.get('never', FULL_GRANT)).session, { updatedAt: null, age: null })
  nowMs = ahead - 4 * MINUTE
  scene.store.put({ key: 'agent:main:never', label: 'looked at again' })
  await eventually(async () => (await scene.keys())[0] === 'agent:main:never')
})

t.test(
  'a session was updated when something last happened in it, in its store or its transcript',
  async (t) => {
    const scene = openScene({ clock: () => START_MS })
    t.teardown(() => scene.close())
    const put = (name: string, storedAt: number, writtenAt: number | null) =>
      scene.store.put(
        { key: `agent:main:${name}`, sessionId: name, updatedAtMs: storedAt },
        writtenAt === null
          ? ''
          : header(name, writtenAt) + user('x', { id: name, atMs: writtenAt }),
      )
    put('stored', START_MS - 3 * MINUTE, START_MS - 9 * MINUTE)
    put('written', START_MS - 9 * MINUTE, START_MS - MINUTE)
    put('neither', START_MS - 12 * MINUTE, START_MS - 11 * MINUTE)
    put('bare', START_MS - 5 * MINUTE, null)
    const moments = { written: 1, stored: 3, bare: 5, neither: 11 }
    const inOrder = Object.keys(moments).map((name) => `agent:main:${name}`)
    await eventually(async () => `${await scene.keys()}` === `${inOrder}`)
    t.strictSame(await scene.keys({ sort: 'updatedAt' }), inOrder.toReversed())
    t.strictSame(await scene.keys({ activeMinutes: '5' }), inOrder.slice(0, 2))
    for (const { age, key, lastActivity, updatedAt } of (await scene.list()).sessions) {
      const minutes = moments[key.slice('agent:main:'.length) as keyof typeof moments]
      t.equal(Date.parse(String(updatedAt)), START_MS - minutes * MINUTE, key)
      t.equal(lastActivity, Math.floor((START_MS - minutes * MINUTE) / 1000), key)
      t.equal(age, `${minutes}m`, key)
    }
  },
)

t.test('the sessions of all sources are those of the list', async (t) => {
  const local = memoryStore({ id: 'local', source: 'local' })
  const gateway = memoryStore({ id: 'gateway', source: 'gateway' })
  const scene = openScene({ stores: [local, gateway] })
  t.teardown(() => scene.close())
  gateway.put({ key: 'agent:main:cron:j', sessionId: 'run' })
  gateway.put({ key: 'agent:main:cron:j:run:run', sessionId: 'run' })
  gateway.put({ key: 'agent:work:main', sessionId: 'both' })
  gateway.put({ key: 'global', sessionId: 'g' })
  local.put({ key: 'claude:both', agent: 'work', sessionId: 'both' })
  local.put({ key: 'claude:own', agent: 'home', sessionId: 'own' })
  const grants = [{}, { agents: ['work'] }, { sessions: ['claude:*'] }].map(grantOf)
  for (const [at, sessions] of [
    [0, [1, 2]],
    [1, [0, 1]],
    [2, [2, 0]],
  ] as const) {
    const { sources, totalCount } = await scene.list({}, grants[at])
    t.strictSame(
      sources.map((source) => source.sessions),
      sessions,
    )
    t.equal(
      sources.reduce((sum, source) => sum + source.sessions, 0),
      totalCount,
    )
    t.strictSame((await scene.manager.capabilities(grants[at] ?? FULL_GRANT)).stores, sources)
  }
  t.strictSame(
    (await scene.manager.health()).sources.map((source) => source.sessions),
    [1, 2],
  )
  t.equal((await scene.list({ kinds: 'cron' })).sources[1]?.sessions, 2, 'whatever is filtered')
})
