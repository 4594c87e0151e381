import t, { type Test } from 'tap'
import { Session, SessionList } from '../../src/contract/session.js'
import { memoryStore } from '../../src/stores/memory.js'
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
    [{ minTokens: 12_000 }, ['agent:main:main']],
    [{ minTokens: 12_001 }, []],
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
