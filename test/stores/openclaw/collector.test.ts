import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, rm, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { directoryWatcher } from '../../../src/stores/jsonl/directory-watch.js'
import { Collector } from '../../../src/stores/openclaw/collector.js'
import { StatePaths } from '../../../src/stores/openclaw/paths.js'
import { StoreReader } from '../../../src/stores/openclaw/sessions-json/store-reader.js'
import { chat } from '../../suites/transcript-text.js'
import { open, replaceFile, stateDir } from './state-dir.js'

const A = 'agent:main:a'
const seen = (key: string) => (view: { sessions: ReadonlyMap<string, unknown> }) =>
  view.sessions.has(key)

t.test('places appear and go while it runs', async (t) => {
  const dir = stateDir(t)
  const root = join(dir.root, 'state')
  const { view } = open(t, root, { pollMs: 50 })
  await view.until('the directory is missed', (view) => view.source('openclaw-files') !== undefined)
  t.match(view.source('openclaw-files'), { status: 'down', message: /no state directory/ })

  await mkdir(join(root, 'agents'), { recursive: true })
  await view.until(
    'the directory is there',
    (view) => view.source('openclaw-files')?.status === 'ok',
  )
  t.match(view.source('openclaw-files'), { message: 'No agent has sessions yet.' })

  await replaceFile(join(root, 'agents/main/sessions/sessions.json'), '{"agent:main:a":{}}')
  await view.until('a first agent', seen(A))
  t.strictSame(
    view.last.sources.map(({ id, status }) => [id, status]),
    [['openclaw-files:main', 'ok']],
  )

  await replaceFile(join(root, 'agents/late/sessions/sessions.json'), '{"agent:late:b":{}}')
  await view.until('a later agent', seen('agent:late:b'))
  await rm(join(root, 'agents/late'), { recursive: true })
  await view.until('the agent went', (view) => !seen('agent:late:b')(view))
  await view.until('and its source', (view) => view.source('openclaw-files:late') === undefined)
  t.ok(view.sessions.has(A))
})

t.test('rows stay while their store is broken or gone, and the source says so', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { a: { sessionId: 'a', label: 'old' } })
  const { view } = open(t, dir.root, { pollMs: 100 })
  const source = () => view.source('openclaw-files:main')
  await view.until('read', seen(A))
  for (const [content, message] of [
    ['{"agent:main:a":', /not valid JSON.+The rows it had last are shown/],
    ['null', /no object/],
    ['[]', /no object/],
  ] as const) {
    await replaceFile(dir.file('main', 'sessions.json'), content)
    await view.until(content, () => message.test(source()?.message ?? ''))
    t.match(source(), { status: 'degraded', sessions: 1 })
  }
  await rm(dir.file('main', 'sessions.json'))
  await view.until('gone', () => /is gone/.test(source()?.message ?? ''))
  await rename(join(dir.root, 'agents'), join(dir.root, 'unmounted'))
  await dir.write('other-file', 'x')
  await rename(join(dir.root, 'unmounted'), join(dir.root, 'agents'))
  t.equal(view.get(A).label, 'old')
  await dir.store('main', { a: { sessionId: 'a', label: 'new' } })
  await view.until('recovered', (view) => view.get(A).label === 'new')
  await view.until('and says so', () => source()?.status === 'ok')
})

t.test('a store that never could be read is down', async (t) => {
  const dir = stateDir(t)
  await dir.write('agents/main/sessions/sessions.json', 'half')
  const { view } = open(t, dir.root)
  await view.until('down', () => true)
  t.match(view.last.sources, [{ id: 'openclaw-files:main', status: 'down', sessions: 0 }])
})

t.test('links that leave the directory are refused and told, without a path', async (t) => {
  const dir = stateDir(t)
  const state = join(dir.root, 'state')
  await dir.write('outside/sessions/sessions.json', '{"agent:out:secret":{}}')
  await dir.write('outside/sessions.json', '{"agent:evil:secret":{}}')
  await dir.write('outside/t.jsonl', chat('t', 3))
  await dir.write('state/agents/main/sessions/sessions.json', '{"a":{"sessionId":"t"}}')
  await mkdir(join(state, 'agents/evil/sessions'), { recursive: true })
  await mkdir(join(state, 'agents/folder'))
  const outside = join(dir.root, 'outside')
  await symlink(outside, join(state, 'agents/out'))
  await symlink(join(outside, 'sessions.json'), join(state, 'agents/evil/sessions/sessions.json'))
  await symlink(join(outside, 'sessions'), join(state, 'agents/folder/sessions'))
  await symlink(join(outside, 't.jsonl'), join(state, 'agents/main/sessions/t.jsonl'))
  const { store, view } = open(t, state)
  await view.until('everything is read', () => true)
  t.strictSame([...view.sessions.keys()], [A])
  t.match(view.get(A), { transcriptId: null, transcriptProblem: /symbolic link/ })
  t.match(await store.transcript(view.get(A)).mark('all'), { seq: 0, bytes: 0 })
  t.strictSame(
    view.last.sources.map(({ id, message, status }) => [id, status, message]),
    [
      [
        'openclaw-files',
        'degraded',
        'agents/out: a symbolic link that leads out of the real agents folder, or nowhere, and is not read. Put the folder itself there, or set OPENCLAW_STATE_DIR to the real state directory.',
      ],
      [
        'openclaw-files:evil',
        'down',
        'The session store is a symbolic link and is not read: put the file itself in its place.',
      ],
      [
        'openclaw-files:folder',
        'down',
        'The sessions folder leads elsewhere by a symbolic link and is not read: its real path is outside of the real folder of the agents. Put the folder itself there, or set OPENCLAW_STATE_DIR to the real state directory.',
      ],
      [
        'openclaw-files:main',
        'degraded',
        '1 session read. 1 transcript is reached by a symbolic link and not read: put the file itself in its place.',
      ],
    ],
  )
  t.notOk(JSON.stringify(view.changes).includes(dir.root))
})

t.test('transcripts come and go without the store being touched', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', {
    a: { sessionId: 't', sessionFile: '/x/t.jsonl' },
    b: { sessionId: 'u' },
  })
  const { store, view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  t.match(view.get(A).transcriptProblem, /is gone/)
  const id = view.get(A).transcriptId
  await dir.transcript('main', 't.jsonl', chat('t', 2))
  await view.until('written', (view) => view.get(A).transcriptProblem === null)
  t.equal(view.get(A).transcriptId, id, 'it is the same transcript')
  t.equal((await store.transcript(view.get(A)).mark('all')).seq, 2)
  const held = view.get(A)
  await unlink(dir.file('main', 't.jsonl'))
  await view.until('deleted', (view) => view.get(A).transcriptProblem !== null)
  t.equal((await store.transcript(held).mark('all')).seq, 0, 'a row held from before still opens')
  t.equal(
    view.changes.flatMap(({ upserted }) => upserted).filter(({ key }) => key !== A).length,
    1,
    'the other session was told once',
  )
})

t.test('who holds the lock of a transcript, and when he died', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { a: { sessionId: 't', status: 'running' } })
  await dir.transcript('main', 't.jsonl', chat('t', 1))
  const { view } = open(t, dir.root, { pollMs: 60_000 })
  await view.until('everything is read', () => true)
  t.equal(view.get(A).lock, null)
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(holder, 'spawn')
  const createdAt = '2026-11-21T04:39:12.480Z'
  await dir.write(
    'agents/main/sessions/t.jsonl.lock',
    JSON.stringify({ pid: holder.pid, createdAt }),
  )
  await view.until('held', (view) => view.get(A).lock?.owner === 'alive')
  t.match(view.get(A).lock, { pid: holder.pid, sinceMs: Date.parse(createdAt) })
  // Past every notice of the file itself: nothing but the time can tell that its holder dies.
  await dir.store('main', { a: { sessionId: 't', label: 'quiet' } })
  await view.until('quiet', (view) => view.get(A).label === 'quiet')
  await killed(holder)
  await view.until('its holder died', (view) => view.get(A).lock?.owner === 'dead')
  await unlink(dir.file('main', 't.jsonl.lock'))
  await view.until('removed', (view) => view.get(A).lock === null)
})

t.test('session.store: a template, beside the agents on disk', async (t) => {
  const dir = stateDir(t)
  await dir.write('openclaw.json', "{ session: { store: '~/own/{agentId}/s.json' }, /* on */ }")
  await dir.write('own/work/s.json', '{"main":{"sessionId":"w"}}')
  await dir.write('own/work/w.jsonl', chat('w', 2))
  await dir.store('work', { old: {} })
  await dir.store('home', { main: {} })
  const { store, view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  t.strictSame([...view.sessions.keys()].sort(), ['agent:home:main', 'agent:work:main'])
  t.equal((await store.transcript(view.get('agent:work:main')).mark('all')).seq, 2)
  t.strictSame(view.last.configuredAgents, ['main', 'home', 'work'])
})

t.test('session.store: one file that agents share', async (t) => {
  const dir = stateDir(t)
  await dir.write(
    'openclaw.json',
    "{ session: { store: 'all.json', mainKey: 'Lobby' }, agents: { list: [{ id: 'work' }] } }",
  )
  await dir.write(
    'all.json',
    JSON.stringify({ bare: { sessionId: 'b' }, 'agent:home:x': { sessionId: 'h' }, global: {} }),
  )
  await dir.store('home', { elsewhere: {} })
  await dir.transcript('home', 'h.jsonl', chat('h', 2))
  const { store, view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  t.strictSame([...view.sessions.keys()].sort(), ['agent:home:x', 'agent:work:bare', 'global'])
  t.strictSame(
    view.last.sources.map(({ id }) => id),
    ['openclaw-files:shared'],
  )
  t.equal((await store.transcript(view.get('agent:home:x')).mark('all')).seq, 2)
  t.match(view.last, { defaultAgent: 'work', mainKey: 'lobby', configuredAgents: ['work'] })
})

t.test('the configuration is followed, and a broken one is only told', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { a: { sessionId: 't' } })
  await dir.transcript('main', 't.jsonl', unpriced())
  const { store, view } = open(t, dir.root, { pollMs: 100 })
  await view.until('everything is read', () => true)
  t.equal(view.last.configuredAgents, null)
  t.match(await store.transcript(view.get(A)).totals(), { cost: null, costSource: 'unknown' })

  const config = join(dir.root, 'openclaw.json')
  const priced = "models: { providers: { mock: { models: [{ id: 'm', cost: { input: 2 } }] } } }"
  await replaceFile(config, `{ session: { mainKey: 'lobby' }, ${priced} }`)
  await view.until('the main key', (view) => view.last.mainKey === 'lobby')
  t.strictSame(view.last.configuredAgents, ['main'])
  t.match(
    await store.transcript(view.get(A)).totals(),
    { cost: 2, costSource: 'estimated' },
    'what was read before is priced anew',
  )
  await replaceFile(config, '{ session: ')
  await view.until('broken', (view) => view.source('openclaw-files')?.status === 'degraded')
  t.match(view.source('openclaw-files')?.message, /openclaw\.json .+ The settings that it had last/)
  t.equal(view.last.mainKey, 'lobby')
  await rm(config)
  await view.until('none', (view) => view.last.mainKey === 'main')
  t.equal(view.last.configuredAgents, null)
  t.equal(view.source('openclaw-files'), undefined)
})

t.test('a key that stands in two stores is told once, by its own agent', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [A]: { label: 'own', updatedAt: 1 } })
  await dir.store('work', { [A]: { label: 'foreign', updatedAt: 2 } })
  const { view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  t.equal(view.get(A).label, 'own')
  await dir.store('main', {})
  await view.until('the other one is left', (view) => view.get(A).label === 'foreign')
  await dir.store('work', {})
  await view.until('none is left', (view) => !view.sessions.has(A))
})

t.test('another process replaces a store as fast as it can', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { a: { sessionId: 'a', updatedAt: 1 } })
  const { view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  const writer = spawn(process.execPath, ['-e', WRITER, dir.file('main', 'sessions.json')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(writer, 'exit')
  t.equal(code, 0)
  await view.until('the last write', (view) => view.get(A).updatedAtMs === 300)
  t.equal(view.sessions.size, 51)
  const told = view.changes.flatMap(({ upserted }) => upserted).filter(({ key }) => key === A)
  const times = told.map(({ updatedAtMs }) => updatedAtMs ?? 0)
  t.strictSame(
    times,
    [...times].sort((a, b) => a - b),
    'never an older state after a newer one',
  )
  t.strictSame(
    [...new Set(view.changes.flatMap(({ sources }) => sources.map(({ status }) => status)))],
    ['ok'],
    'a renamed store is never half a store',
  )
  const others = view.changes.flatMap(({ upserted }) => upserted).filter(({ key }) => key !== A)
  t.equal(others.length, 50, 'sessions that did not move were told once')
})

t.test('closing leaves no directory watched', async (t) => {
  const dir = stateDir(t)
  await dir.write('openclaw.json', "{ session: { store: 'own/{agentId}/s.json' } }")
  await dir.write('own/work/s.json', '{"main":{}}')
  await dir.store('main', { a: {} })
  const directories = directoryWatcher()
  t.teardown(() => directories.close())
  const paths = new StatePaths(dir.root, dir.root)
  const reader = new StoreReader()
  t.teardown(() => reader.close())
  const tools = { reader, onRefresh: () => undefined }
  const onConfig = () => undefined
  const collector = new Collector({
    id: 'x',
    paths,
    directories,
    hasDatabases: false,
    tools,
    onConfig,
  })
  const first = await collector.collect()
  t.equal(first?.upserted.length, 2)
  t.ok(directories.size >= 5, 'the state directory, both kinds of agents, and their sessions')
  t.equal(await collector.collect(), null, 'nothing moved')
  collector.close()
  t.equal(directories.size, 0)
})

/** Grows the first session 300 times, beside 50 that stay as they are; temporary file, then rename. */
const WRITER = `
  const { writeFileSync, renameSync } = require('node:fs')
  const path = process.argv[1]
  const others = Object.fromEntries(Array.from({ length: 50 }, (_, i) => ['agent:main:o' + i, { sessionId: 'o' + i, skillsSnapshot: { prompt: 'x'.repeat(2000) } }]))
  for (let i = 1; i <= 300; i++) {
    writeFileSync(path + '.' + i + '.tmp', JSON.stringify({ 'agent:main:a': { sessionId: 'a', updatedAt: i }, ...others }, null, 2))
    renameSync(path + '.' + i + '.tmp', path)
  }
`

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** An answer that reports tokens and no cost. */
function unpriced(): string {
  const usage = { input: 1_000_000, output: 0 }
  const message = { role: 'assistant', provider: 'mock', model: 'm', content: [], usage }
  return `${JSON.stringify({ type: 'message', id: 'first', message })}\n`
}
