import { once } from 'node:events'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { FIXTURE_5, ownDirectory, reading } from './directory.js'
import { FIXTURE, Program, run, Service } from './process.js'

interface Row {
  readonly key: string
  readonly agentId: string
}

const keysOf = (out: string) => (JSON.parse(out).sessions as Row[]).map(({ key }) => key)

t.test('the sessions of the default agent, with the names of openclaw sessions', async (t) => {
  const at = reading(t)
  const { code, err, out } = await run(['list', '--json', ...at])
  t.match({ code, err }, { code: 0, err: '' })
  const list = JSON.parse(out)
  t.strictSame(Object.keys(list), [
    'path',
    'count',
    'totalCount',
    'limitApplied',
    'hasMore',
    'activeMinutes',
    'sessions',
  ])
  t.match(list, {
    path: join(FIXTURE, 'agents/main/sessions/sessions.json'),
    count: 7,
    totalCount: 7,
    limitApplied: 100,
    hasMore: false,
    activeMinutes: null,
  })
  t.strictSame(new Set(list.sessions.map(({ agentId }: Row) => agentId)), new Set(['main']))
  const main = list.sessions.find(({ key }: Row) => key === 'agent:main:main')
  t.match(main, {
    sessionId: '72500bd6-0840-4068-ae2c-d1bd63c64901',
    updatedAt: 1795235665086,
    abortedLastRun: false,
    model: 'mock-1',
    modelProvider: 'mock',
    kind: 'direct',
    totalTokens: Number,
    contextTokens: Number,
    totalCost: Number,
  })
  t.ok(main.ageMs >= 0)
  const bare = list.sessions.find(({ key }: Row) => key === 'agent:main:newbypatch')
  t.match(bare, { totalTokens: null, contextTokens: null, totalTokensFresh: false })
  for (const field of ['model', 'inputTokens', 'channel']) t.notOk(field in bare, field)
})

t.test('the sessions of every agent, of one, and of a store', async (t) => {
  const at = reading(t)
  const ask = async (...more: string[]) =>
    JSON.parse((await run(['list', '--json', ...more, ...at])).out)
  const all = await ask('--all-agents')
  t.match(all, { path: null, allAgents: true, count: 10, totalCount: 10 })
  t.strictSame(
    all.stores,
    ['main', 'work'].map((agentId) => ({
      agentId,
      path: join(FIXTURE, `agents/${agentId}/sessions/sessions.json`),
    })),
  )
  const work = await ask('--agent', 'Work')
  t.match(work, { path: all.stores[1].path, count: 3 })
  const store = await ask('--store', all.stores[1].path)
  t.strictSame(
    store.sessions.map(({ key }: Row) => key),
    work.sessions.map(({ key }: Row) => key),
  )
})

t.test('filters and limits', async (t) => {
  const at = reading(t)
  const keys = async (...more: string[]) =>
    keysOf((await run(['list', '--json', ...more, ...at])).out)
  t.strictSame(await keys('--search', 'locktest'), ['agent:main:locktest'])
  t.ok((await keys('--kind', 'cron,subagent')).every((key) => /:(cron|subagent):/.test(key)))
  t.equal((await keys('--kind', 'cron')).length, 1)
  t.strictSame(await keys('--tokens', '999999999'), [])
  t.strictSame(await keys('--total-tokens', '999999999'), [])
  const listed = JSON.parse((await run(['list', '--json', ...at])).out).sessions
  const using = (least: number) =>
    (listed as { key: string; totalTokens: number | null }[])
      .filter(({ totalTokens }) => (totalTokens ?? -1) >= least)
      .map(({ key }) => key)
  for (const least of [1, 10_000, 15_000, 20_000])
    t.strictSame(await keys('--tokens', String(least)), using(least), 'the number that is shown')
  t.strictSame(await keys('--cost', '999'), [])
  t.ok((await keys('--cost', '0.0001')).includes('agent:main:main'))
  t.strictSame(await keys('--active', '1'), [], 'nothing happened in the last minute')
  const two = JSON.parse((await run(['list', '--json', '--limit', '2', ...at])).out)
  t.match(two, { count: 2, totalCount: 7, limitApplied: 2, hasMore: true })
  const all = JSON.parse((await run(['list', '--json', '--limit', 'all', ...at])).out)
  t.match(all, { count: 7, limitApplied: null, hasMore: false })
})

t.test(
  'every kind that is shown can be asked for, and those of OpenClaw are explained',
  async (t) => {
    const at = reading(t)
    const linesOf = (out: string) => out.trimEnd().split('\n').slice(1)
    const { out } = await run(['list', '--all-agents', ...at])
    const shown = new Set(linesOf(out).map((line) => line.split(/ +/)[1] ?? ''))
    t.ok(shown.size > 1)
    for (const kind of shown) {
      const one = await run(['list', '--all-agents', '--kind', kind, ...at])
      t.equal(one.code, 0, kind)
      for (const line of linesOf(one.out)) t.equal(line.split(/ +/)[1], kind)
    }
    const theirs = await run(['list', '--kind', 'direct', ...at])
    t.match(theirs, { code: 2, err: /Kinds are chat, .*OpenClaw's direct is chat here/ })
  },
)

t.test('an agent that is not there: those that are', async (t) => {
  const { flags } = await ownDirectory(t, FIXTURE_5)
  const others = /Agents with sessions: .*--all-agents\.\n$/
  for (const args of [
    ['list'],
    ['list', '--agent', 'nobody'],
    ['list', '--agent', 'main'],
    ['list', '--agent', 'nobody', '--json'],
    ['tail', '--agent', 'nobody'],
  ])
    t.match(await run([...args, ...flags]), { code: 1, out: '', err: others }, args.join(' '))
  const none = await run(['list', '--agent', 'research', '--search', 'no such thing', ...flags])
  t.match(none, { code: 0, out: /^No such sessions of agent research in / })
})

t.test('a table for people, without colours where there is no terminal', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['list', '--all-agents', ...at])
  t.equal(code, 0)
  const [head, ...lines] = out.trimEnd().split('\n')
  t.match(head, /^AGENT +KIND +KEY +STATUS +AGE +MODEL +TOKENS +COST +FLAGS$/)
  t.equal(lines.length, 10)
  t.notOk(out.includes('\u001b'))
  t.match(out, /main +chat +agent:main:main +\w+ +\d+[mhd] +mock\/mock-1 +\S+ \(\d+%\) +\$0\.\d+/)
  const verbose = await run(['list', '--verbose', ...at])
  t.match(verbose.out, /SESSION ID +WHY\n/)
  t.match(verbose.out, '72500bd6-0840-4068-ae2c-d1bd63c64901')
  const some = await run(['list', '--limit', '1', ...at])
  t.match(some.err, /^1 of 7; --limit all/)
  const none = await run(['list', '--agent', 'nobody', ...at])
  t.match(none, { code: 1, out: '', err: /Agents with sessions: / })
})

t.test('another release, whose default agent has nothing', async (t) => {
  const at = reading(t, FIXTURE_5)
  t.match(await run(['list', '--json', ...at]), { code: 1, err: /Agents with sessions: research/ })
  const all = JSON.parse((await run(['list', '--json', '--all-agents', ...at])).out)
  t.equal(all.count, 9)
})

t.test('a running service has the same sessions, and shows no paths', async (t) => {
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const at = ['--url', service.url, '--token', service.token]
  const theirs = await run(['list', '--json', '--all-agents', ...at])
  t.match(theirs, { code: 0, err: '' })
  const list = JSON.parse(theirs.out)
  t.match(list, { path: null, stores: [], allAgents: true, count: 10 })
  const ours = await run(['list', '--json', '--all-agents', ...reading(t)])
  const plain = (out: string) =>
    (JSON.parse(out).sessions as { ageMs: unknown }[]).map(({ ageMs: _, ...row }) => row)
  t.strictSame(plain(theirs.out), plain(ours.out))
  const byEnvironment = await run(['list', '--url', service.url], {
    env: { SESSIONS_API_TOKEN: service.token },
  })
  t.equal(byEnvironment.code, 0, 'the token may come from the environment')
})

t.test('the demo', async (t) => {
  const { code, out } = await run(['list', '--demo', '--json', '--all-agents'], {
    env: { TMPDIR: ownFolder(t) },
  })
  t.equal(code, 0)
  t.ok(JSON.parse(out).count > 5)
})

/** Of a server that is gone. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

t.test('what does not work is one sentence and an exit code', async (t) => {
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const at = reading(t)
  const cases: [args: string[], code: number, says: RegExp][] = [
    [['list'], 2, /no OpenClaw state directory .*--state-dir.*--url.*--demo/],
    [['list', '--state-dir', '/nowhere/at/all'], 2, /does not exist/],
    [['list', '--url', 'ftp://x'], 2, /--url: it takes the http or https address/],
    [
      ['list', '--url', `http://127.0.0.1:${await closedPort()}`],
      1,
      /cannot be reached \(ECONNREFUSED\): start it/,
    ],
    [['list', '--url', service.url], 1, /--token, or SESSIONS_API_TOKEN/],
    [['list', '--url', service.url, '--token', 'wrong'], 1, /token/],
    [['list', '--url', `${service.url}/docs`, '--token', service.token], 1, /./],
    [['list', '--url', service.url, '--demo'], 2, /cannot be used with option/],
    [['list', '--limit', '0', ...at], 2, /whole number from 1 on/],
    [['list', '--limit', 'some', ...at], 2, /whole number/],
    [['list', '--active', 'soon', ...at], 2, /whole number/],
    [['list', '--kind', 'cat', ...at], 2, /Kinds are chat, group/],
    [['list', '--cost', 'much', ...at], 2, /amount in USD/],
    [['list', '--agent', 'main', '--all-agents', ...at], 2, /cannot be used with option/],
    [
      ['list', '--store', 'nowhere.json', ...at],
      2,
      /nowhere.json is no file: name the sessions\.json/,
    ],
    [['list', '--bogus', ...at], 2, /unknown option '--bogus'/],
  ]
  for (const [args, code, says] of cases) {
    const finished = await run(args)
    t.match(finished, { code, err: says, out: '' }, args.join(' '))
    t.notMatch(finished.err, /\n\s+at /, 'no stack')
  }
})

t.test('watched, every change is another list', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const watch = new Program(['list', '--watch', '--json', ...flags])
  t.teardown(() => watch.kill('SIGKILL'))
  const lists = () => watch.out.split('\n}\n').length - 1
  await until(() => lists() === 1)
  const path = join(state, 'agents/main/sessions/sessions.json')
  const entries = JSON.parse(await readFile(path, 'utf8'))
  delete entries['agent:main:newbypatch']
  await writeFile(`${path}.new`, JSON.stringify(entries))
  await rename(`${path}.new`, path)
  await until(() => lists() > 1)
  watch.kill('SIGINT')
  const { code, out } = await watch.exit
  t.equal(code, 0)
  t.match(out.split('\n}\n')[0], 'agent:main:newbypatch')
  t.notMatch(out.split('\n}\n').at(-2), 'agent:main:newbypatch')
})
