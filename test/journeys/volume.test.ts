import { appendFile, chmod, chown, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { run, Service } from '../cli/process.js'
import { assistant, header, user } from '../core/lines.js'
import { RawStream } from '../http/sse-client.js'
import { ownFolder } from '../own-folder.js'
import { StateDir } from '../stores/openclaw/state-dir.js'
import { KEY, recordedLines, SESSION } from '../stores/openclaw/trajectory/recording-text.js'
import { until } from '../until.js'
import { Client } from '../ws/client.js'

const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
const TRANSCRIPT = `${SESSION}.jsonl`
const ROUTE = `/api/sessions/${encodeURIComponent(KEY)}`
/** The user that owns nothing. */
const NOBODY = 65_534
const WITHIN_MS = 30_000
const isRoot = process.getuid?.() === 0

async function prepare(t: Test): Promise<{ dir: StateDir; dataDir: string }> {
  const root = ownFolder(t, { data: {} })
  const dir = new StateDir(join(root, 'state'))
  await dir.store('main', { [KEY]: { sessionId: SESSION, updatedAt: Date.now(), status: 'done' } })
  const spent = { input: 10, output: 5, cost: 1.25 }
  const lines = user('one', { id: 'e1' }) + assistant('two', spent, { id: 'e2' })
  await dir.transcript('main', TRANSCRIPT, header(SESSION) + lines)
  await dir.transcript('main', `${SESSION}.trajectory.jsonl`, recordedLines(1, 2))
  return { dir, dataDir: join(root, 'data') }
}

function start(t: Test, { root }: StateDir, dataDir: string, uid?: number): Promise<Service> {
  const env = {
    OPENCLAW_STATE_DIR: root,
    SESSIONS_API_DATA_DIR: dataDir,
    SESSIONS_API_TOKEN: TOKEN,
    SESSIONS_API_POLL_MS: '100',
  }
  return Service.start(t, env, ['serve'], uid)
}

/** Status and body of an answer. */
async function ask(service: Service, path: string) {
  const answer = await service.get(path, TOKEN)
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  const body: any = await answer.json()
  return { status: answer.status, body }
}

const history = (service: Service) => ask(service, `${ROUTE}/history`)

/** Reads blocks until one is of this type; fails at a `reset`. */
async function heard(stream: RawStream, type: string, text: string): Promise<void> {
  for (;;) {
    const block = await stream.block()
    if (block === null) throw new Error(`the stream ended before ${text}`)
    if (block.includes('event: reset')) throw new Error(`a reset came before ${text}: ${block}`)
    if (block.includes(`event: ${type}\n`) && block.includes(text)) return
  }
}

t.test('an agents folder that is gone and comes back: all wait, nobody begins anew', async (t) => {
  const { dir, dataDir } = await prepare(t)
  const service = await start(t, dir, dataDir)
  await until(async () => (await history(service)).status === 200, WITHIN_MS)
  const { body: before } = await ask(service, '/api/sessions')
  const authorization = `Bearer ${TOKEN}`
  const open = (path: string) => RawStream.open(service.url + path, { authorization })
  const [messages, events, trajectory] = await Promise.all([
    open(`/sessions/${encodeURIComponent(KEY)}/history?follow=1`),
    open(`/api/events?messages=${encodeURIComponent(KEY)}`),
    open(`${ROUTE}/trajectory?follow=1`),
  ])
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(TOKEN)
  await client.ask('sessions.messages.subscribe', { key: KEY })
  await heard(messages, 'history', 'two')
  await heard(events, 'tick', 'ts')
  await heard(trajectory, 'trajectory', 'secret 2')

  const agents = join(dir.root, 'agents')
  await rename(agents, `${agents}.away`)
  const isDegraded = async () => {
    const { body } = await ask(service, '/api/sessions')
    return body.sources.every(
      ({ message, status }: { message: string; status: string }) =>
        status === 'degraded' && message.includes('folder is gone: mount its volume again'),
    )
  }
  await until(isDegraded, WITHIN_MS)
  for (const path of ['', '/history', '/trajectory', '/export'])
    t.match(
      await ask(service, ROUTE + path),
      { status: 503, body: { error: { code: 'source_unreadable', retryable: true } } },
      path,
    )
  const { body: meanwhile } = await ask(service, '/api/sessions')
  t.strictSame(
    meanwhile.sessions.map(({ age: _, ...row }: { age: string }) => row),
    before.sessions.map(({ age: _, ...row }: { age: string }) => row),
    'rows keep their values',
  )
  const compact = await fetch(`${service.url}${ROUTE}/compact`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"maxLines": 2}',
  })
  t.equal(compact.status, 503, 'nothing is said to be compacted already')

  const place = join(`${agents}.away`, 'main/sessions')
  await appendFile(join(place, TRANSCRIPT), user('meanwhile', { id: 'e3' }))
  await appendFile(join(place, `${SESSION}.trajectory.jsonl`), recordedLines(3, 3))
  await rename(`${agents}.away`, agents)
  await heard(messages, 'message', 'meanwhile')
  await heard(events, 'session.message', 'meanwhile')
  await heard(trajectory, 'progress', 'secret 3')
  await client.event('session.message', ({ messageId }) => messageId === 'e3')
  const { status, body } = await history(service)
  t.match({ status, seen: body.messages.length }, { status: 200, seen: 3 })
  await until(async () => {
    const { body } = await ask(service, '/api/sessions')
    return body.sources.every(({ status }: { status: string }) => status === 'ok')
  }, WITHIN_MS)
  for (const stream of [messages, events, trajectory]) await stream.close()
})

t.test('files of another user', { skip: !isRoot && 'needs root' }, async (t) => {
  const { dir, dataDir } = await prepare(t)
  await chown(dataDir, NOBODY, NOBODY)
  const transcript = dir.file('main', TRANSCRIPT)
  const sessions = dir.file('main', '')
  await chmod(dir.file('main', 'sessions.json'), 0o600)
  const service = await start(t, dir, dataDir, NOBODY)
  const list = () => ask(service, '/api/sessions')
  t.match(await list(), {
    status: 503,
    body: { error: { code: 'sources_down', message: /EACCES\): give the user of this service/ } },
  })
  t.equal((await fetch(`${service.url}/readyz`)).status, 503)

  await chmod(transcript, 0o600)
  await chmod(dir.file('main', 'sessions.json'), 0o644)
  await until(async () => (await list()).status === 200, WITHIN_MS)
  t.match(await history(service), { status: 503, body: { error: { code: 'source_unreadable' } } })
  t.match(await list(), {
    body: {
      sessions: [{ key: KEY, totalCost: null }],
      sources: [{ status: 'degraded', message: /1 of the transcripts cannot be read \(EACCES\)/ }],
    },
  })
  const flags = ['--state-dir', dir.root, '--data-dir', dataDir]
  t.match(await run(['list', ...flags], { uid: NOBODY }), {
    code: 0,
    out: KEY,
    err: /1 of the transcripts cannot be read \(EACCES\)/,
  })
  t.notOk(JSON.stringify(await list()).includes(dir.root), 'no path is told')

  const isWhole = async () => {
    const { body } = await list()
    return body.sessions?.[0]?.totalCost === 1.25 && body.sources[0].status === 'ok'
  }
  await chmod(transcript, 0o644)
  await until(isWhole, WITHIN_MS)
  t.equal((await history(service)).body.messages.length, 2)

  await chmod(sessions, 0o700)
  await until(async () => (await list()).body.sources[0].status === 'degraded', WITHIN_MS)
  t.match(await list(), { status: 200, body: { sessions: [{ key: KEY, totalCost: 1.25 }] } })
  t.equal((await history(service)).status, 503)
  const cleanup = await fetch(`${service.url}/api/sessions/cleanup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ fixMissing: true, enforce: true, dryRun: false }),
  })
  t.equal(cleanup.status, 503, 'an unreadable folder is not an empty one')
  await chmod(sessions, 0o755)
  await until(isWhole, WITHIN_MS)
  t.strictSame((await readdir(sessions)).sort(), [
    TRANSCRIPT,
    `${SESSION}.trajectory.jsonl`,
    'sessions.json',
  ])
})

t.test('a folder that can be entered and not listed removes nothing', async (t) => {
  const { dir, dataDir } = await prepare(t)
  if (!isRoot) return
  await chown(dataDir, NOBODY, NOBODY)
  const sessions = dir.file('main', '')
  await chown(sessions, NOBODY, NOBODY)
  await chmod(sessions, 0o300)
  await mkdir(join(dir.root, 'agents/work/sessions'), { recursive: true })
  const service = await start(t, dir, dataDir, NOBODY)
  await until(async () => (await history(service)).status === 200, WITHIN_MS)
  const cleanup = await fetch(`${service.url}/api/sessions/cleanup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ fixMissing: true, enforce: true, dryRun: false }),
  })
  t.equal(cleanup.status, 503)
  t.equal((await ask(service, '/api/sessions')).body.totalCount, 1)
})
