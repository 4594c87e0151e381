import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FIXTURE, ROOT, run, Service } from '../cli/process.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'

const SQLITE = join(ROOT, 'fixtures/openclaw-2026.9.6')
const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
/** The reason and what to do. */
const DAMAGED = /The SQLite database of agent \w+ is damaged: stop the gateway.+put a backup/

async function prepare(t: Test, from: string) {
  const root = ownFolder(t, { data: {} })
  const state = join(root, 'state')
  await cp(from, state, { recursive: true })
  const env = {
    OPENCLAW_STATE_DIR: state,
    SESSIONS_API_DATA_DIR: join(root, 'data'),
    SESSIONS_API_TOKEN: TOKEN,
  }
  return { state, env, flags: ['--state-dir', state, '--data-dir', join(root, 'data')] }
}

/** Puts a database beside the session files of an agent, as an upgrade does. */
async function upgrade(state: string, agent: string, from = agent): Promise<string> {
  const dir = join(state, 'agents', agent, 'agent')
  await mkdir(dir, { recursive: true })
  const path = join(dir, 'openclaw-agent.sqlite')
  await cp(join(SQLITE, 'agents', from, 'agent/openclaw-agent.sqlite'), path)
  return path
}

async function ask(service: Service, path: string, payload?: object) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const post = payload === undefined ? {} : { method: 'POST', body: JSON.stringify(payload) }
  const answer = await fetch(service.url + path, { headers, ...post })
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  const body: any = await answer.json()
  return { status: answer.status, body }
}

/** What every route says of a session that may be there: not that it is absent. */
async function keysAreUnknown(t: Test, service: Service, keys: readonly string[]): Promise<void> {
  const error = { code: 'source_unreadable', retryable: true, message: DAMAGED }
  for (const key of keys) {
    for (const path of ['', '/history', '/diagnose', '/export', '/trajectory'])
      t.match(
        await ask(service, `/api/sessions/${key}${path}`),
        { status: 503, body: { error } },
        path,
      )
    const control = await ask(service, `/api/sessions/${key}/control`, { action: 'pause' })
    t.match(control, { status: 503, body: { error } }, 'control')
    const kill = await ask(service, `/sessions/${key}/kill`, {})
    t.match(kill, { status: 503, body: { error } }, 'kill')
  }
}

t.test('a directory of sessions in SQLite is read, and nothing is written into it', async (t) => {
  const { env, flags, state } = await prepare(t, SQLITE)
  const before = await filesIn(state)
  const service = await Service.start(t, env)
  const { body, status } = await ask(service, '/api/sessions?limit=100')
  t.match({ status, totalCount: body.totalCount }, { status: 200, totalCount: 17 })
  const rows = new Map(body.sessions.map((row: { key: string }) => [row.key, row]))
  t.match(rows.get('agent:main:telegram:group:-100200300'), {
    agent: 'main',
    kind: 'group',
    channel: 'telegram',
    label: 'Garden group',
    status: 'done',
    model: 'mock/mock-1',
    contextTokens: 3403,
    contextWindow: 64000,
    source: 'gateway',
    spawnedBy: null,
  })
  t.match(rows.get('agent:research:main'), {
    childSessions: ['agent:research:subagent:0823396d-37d8-4d15-9b25-862a8f7296aa'],
  })
  t.equal((await ask(service, '/api/sessions?configuredAgentsOnly=1')).body.totalCount, 16)
  const history = await ask(service, '/sessions/agent:main:fresh/history')
  t.match(history.body.messages, [
    { role: 'system', content: [{ text: 'Reset' }], __openclaw: { kind: 'reset', seq: 1 } },
    { role: 'user', content: 'QUICK after the reset' },
    { role: 'assistant' },
  ])
  t.equal((await ask(service, '/api/sessions/agent:main:goneonly/history')).status, 404)
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)
  t.match(await run(['doctor', ...flags]), { code: 0 })
  t.match(await run(['list', '--all-agents', ...flags]), { code: 0, out: /Garden|telegram/ })
  t.strictSame(await filesIn(state), before)
})

t.test('databases that cannot be read are down, with the reason', async (t) => {
  const { env, flags, state } = await prepare(t, SQLITE)
  for (const agent of ['main', 'research', 'retired'])
    await writeFile(
      join(state, 'agents', agent, 'agent/openclaw-agent.sqlite'),
      'no database'.repeat(999),
    )
  const service = await Service.start(t, env)
  t.match(service.out, /warning +openclaw-sqlite:\w+ is down\. .+SQLite/)
  await keysAreUnknown(t, service, ['agent:retired:main', 'agent:RETIRED:other'])
  const { body } = await ask(service, '/api/sessions')
  t.match(body.error, {
    message: DAMAGED,
    details: { sources: [{ id: 'openclaw-sqlite:main', status: 'down', sessions: 0 }] },
  })
  t.equal((await fetch(`${service.url}/readyz`)).status, 503)
  const doctor = await run(['doctor', '--json', ...flags])
  t.equal(doctor.code, 1)
  t.match(JSON.parse(doctor.out), {
    ok: false,
    findings: [{ about: 'sources', level: 'problem', text: DAMAGED }],
  })
  const list = await run(['list', ...flags])
  t.match(list, { code: 1, err: DAMAGED })
})

t.test('after an upgrade files and databases are served together, each session once', async (t) => {
  const { env, state } = await prepare(t, FIXTURE)
  await upgrade(state, 'main')
  const damaged = await upgrade(state, 'later', 'retired')
  await writeFile(damaged, 'no database'.repeat(999))
  const service = await Service.start(t, env)
  const { body, status } = await ask(service, '/api/sessions?limit=100')
  t.equal(status, 200)
  const keys: string[] = body.sessions.map(({ key }: { key: string }) => key)
  t.equal(new Set(keys).size, keys.length)
  const source = (id: string) => body.sources.find((one: { id: string }) => one.id === id)
  t.match(source('openclaw-sqlite:main'), { status: 'ok', sessions: 9 })
  t.match(source('openclaw-sqlite:later'), { status: 'down', sessions: 0, message: DAMAGED })
  t.match(source('openclaw-files:work'), { status: 'ok', sessions: 3 })
  const main = body.sessions.find(({ key }: { key: string }) => key === 'agent:main:main')
  t.equal(main.sessionId, '4d2bbdda-25bf-44b8-a439-d361a0f461a1', 'as its database says')
  await keysAreUnknown(t, service, ['agent:later:main'])
  t.equal((await ask(service, '/api/sessions/agent:work:none')).status, 404)
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)

  await upgrade(state, 'work', 'research')
  await until(async () => {
    const { body } = await ask(service, '/api/sessions')
    const ids = body.sources.map(({ id }: { id: string }) => id)
    return ids.includes('openclaw-sqlite:work')
  })
})

async function filesIn(dir: string): Promise<string[]> {
  return (await readdir(dir, { recursive: true })).sort()
}
