import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FIXTURE, ROOT, run, Service } from '../cli/process.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'

const SQLITE = join(ROOT, 'fixtures/openclaw-2026.9.6')
const DATABASE = join(SQLITE, 'agents/retired/agent/openclaw-agent.sqlite')
const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
/** The reason and what to do. */
const REASON = /in SQLite \(OpenClaw 2026\.8 and later\).+ does not read: use `openclaw sessions`/

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
async function upgrade(state: string, agent: string): Promise<void> {
  const dir = join(state, 'agents', agent, 'agent')
  await mkdir(dir, { recursive: true })
  await cp(DATABASE, join(dir, 'openclaw-agent.sqlite'))
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
  const error = { code: 'source_unreadable', retryable: true, message: REASON }
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

t.test('a directory of sessions in SQLite only is down, with the reason', async (t) => {
  const { env, flags } = await prepare(t, SQLITE)
  const service = await Service.start(t, env)
  t.match(service.out, /warning +openclaw-files:retired is down\. .+SQLite/)
  await keysAreUnknown(t, service, ['agent:retired:main', 'agent:RETIRED:other'])
  const { body } = await ask(service, '/api/sessions')
  t.match(body.error, {
    message: REASON,
    details: { sources: [{ id: 'openclaw-files:retired', status: 'down', sessions: 0 }] },
  })
  t.equal((await fetch(`${service.url}/readyz`)).status, 503)
  const doctor = await run(['doctor', '--json', ...flags])
  t.equal(doctor.code, 1)
  t.match(JSON.parse(doctor.out), {
    ok: false,
    findings: [{ about: 'sources', level: 'problem', text: REASON }],
  })
  const list = await run(['list', ...flags])
  t.match(list, { code: 1, err: REASON })
})

t.test('after an upgrade the files are served, and what is not is named', async (t) => {
  const { env, flags, state } = await prepare(t, FIXTURE)
  await upgrade(state, 'main')
  await upgrade(state, 'later')
  const service = await Service.start(t, env)
  const { body, status } = await ask(service, '/api/sessions')
  t.match({ status, totalCount: body.totalCount }, { status: 200, totalCount: 10 })
  const source = (id: string) => body.sources.find((one: { id: string }) => one.id === id)
  t.match(source('openclaw-files:main'), { status: 'degraded', sessions: 7, message: REASON })
  t.match(source('openclaw-files:later'), { status: 'down', sessions: 0, message: REASON })
  t.match(source('openclaw-files:work'), { status: 'ok', sessions: 3 })
  t.equal((await ask(service, '/api/sessions/agent:main:main/history')).status, 200)
  await keysAreUnknown(t, service, ['agent:later:main'])
  t.equal((await ask(service, '/api/sessions/agent:work:none')).status, 404)
  t.equal((await fetch(`${service.url}/readyz`)).status, 200)
  t.match(await run(['list', '--all-agents', ...flags]), { code: 0, err: REASON })

  await upgrade(state, 'work')
  await until(async () => {
    const { body } = await ask(service, '/api/sessions')
    const work = body.sources.find(({ id }: { id: string }) => id === 'openclaw-files:work')
    return work.status === 'degraded'
  })
})
