import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { TrajectoryQuery } from '../../src/contract/trajectory.js'
import { Program, runProcess as run } from '../cli/process.js'
import { until } from '../until.js'
import { GatewayProcess } from './gateway-process.js'
import { ModelServer } from './model-server.js'
import { openclawCli } from './openclaw-cli.js'
import { testedRelease } from './release.js'
import { serveFiles } from './service.js'
import { makeSession, send } from './turn.js'

const release = testedRelease()
if (release.store !== 'files' || release.version.startsWith('2026.4')) {
  t.pass('the gateway of this release records nothing that is read')
  process.exit(0)
}

/** A turn on a loaded machine. */
const TURN_MS = 120_000
/** Events of an attempt of a run that nobody aborts. Source: formats 2026.5 §2. */
const EVENTS = 7

const model = await ModelServer.start(t)
const gateway = await GatewayProcess.start(t, release, model)
const client = await gateway.connect(t)
const manager = await serveFiles(t, gateway)
const openclaw = openclawCli(release, dirname(gateway.stateDir))
const ours = ['--state-dir', gateway.stateDir, '--data-dir', t.testdir(), '--gateway-url', 'off']

async function eventsOf(key: string) {
  const query = TrajectoryQuery.parse({ limit: 1000, maxChars: 500_000 })
  return manager.trajectory(key, query, FULL_GRANT).catch(() => null)
}

/** Sends a message and waits until its run was recorded to the end; returns the session's key. */
async function turn(name: string, words: string, during = async (_key: string) => {}) {
  const key = await makeSession(client, name)
  await send(client, key, words)
  await during(key)
  await until(async () => {
    const page = await eventsOf(key)
    return page?.source === 'runtime' && page.events.at(-1)?.type === 'session.ended'
  }, TURN_MS)
  return key
}

const abort = async (key: string) => {
  await until(() => model.streaming.size > 0, TURN_MS)
  await client.request('chat.abort', { sessionKey: key }, TURN_MS)
}

const tail = async (key: string) => (await run(['tail', '--session-key', key, ...ours])).out

/** Our lines as OpenClaw prints them: without the date of another day, and with the key cut to its column. */
const asTheirs = (lines: string) =>
  lines.replaceAll(
    /^(?:\d{4}-\d\d-\d\d )?(\S+ .{16}) (\S+)/gm,
    (_, before: string, key: string) =>
      `${before} ${key.length > 30 ? `${key.slice(0, 29)}…` : key}`,
  )

const keys: string[] = []

t.test('a recording is read as it was written', async (t) => {
  keys.push(await turn('quick', 'QUICK'), await turn('echo', 'ECHO'), await turn('fail', 'FAIL'))
  keys.push(await turn('abort', 'SLOW', abort))
  for (const key of keys) {
    const page = await eventsOf(key)
    const name = `${page?.sessionId}.trajectory.jsonl`
    const path = join(gateway.stateDir, 'agents/main/sessions', name)
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    const written = lines.map((line) => JSON.parse(line))
    for (const { data } of written) if (data.prompting) delete data.prompting.systemPromptReport
    t.strictSame(page?.events, written, key)
    t.match(page, { brokenLines: 0, hasMore: false })
  }
})

t.test('our lines are those of `openclaw sessions tail`', async (t) => {
  const known = await openclaw('sessions', 'tail', '--help')
  if (!/--tail/.test(known.out)) {
    t.pass('this release has no `sessions tail`')
    return
  }
  for (const key of keys) {
    const theirs = await openclaw('sessions', 'tail', '--session-key', key)
    t.equal(theirs.exit, 0, theirs.text)
    const own = await tail(key)
    t.equal(asTheirs(own), theirs.out, key)
    for (const line of own.trimEnd().split('\n'))
      t.ok(line.includes(` ${key} `) || line.endsWith(key), 'a whole key')
  }
  const last = await openclaw('sessions', 'tail', '--tail', '3')
  const own = await run(['tail', '--tail', '3', ...ours])
  t.equal(asTheirs(own.out), last.out, 'without a key')
})

t.test('a run is told while the gateway records it', async (t) => {
  const key = keys[0] ?? ''
  const before = await tail(key)
  const follower = new Program(['tail', '--session-key', key, '-f', ...ours])
  t.teardown(() => follower.kill('SIGKILL'))
  await until(() => follower.out === before, 20_000)
  await send(client, key, 'ECHO')
  await until(
    () => follower.out.split('session.ended').length === before.split('session.ended').length + 1,
    TURN_MS,
  )
  t.equal(follower.out, await tail(key))
  t.equal(follower.out.split('\n').length, before.split('\n').length + EVENTS)
  follower.kill('SIGINT')
  t.match(await follower.exit, { code: 0 })
})
