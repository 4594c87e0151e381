import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { GatewayConnection } from '../../src/runtimes/openclaw-gateway/connection.js'
import { runProcess as run } from '../cli/process.js'
import { until } from '../until.js'
import { GatewayProcess } from './gateway-process.js'
import { ModelServer } from './model-server.js'
import { testedRelease } from './release.js'
import { makeSession, send } from './turn.js'

const release = testedRelease()
if (release.version !== '2026.5.28') {
  t.pass('older ones are cut in test/stores, later ones have no files')
  process.exit(0)
}

interface Line {
  readonly type: string
  readonly id: string
  readonly parentId?: string | null
  readonly message?: { readonly role: string }
}

interface Shown {
  readonly role: string
  readonly content: unknown
  readonly __openclaw: { readonly id: string; readonly seq: number }
}

const KEPT = 4
const TURN_MS = 60_000

const model = await ModelServer.start(t)
const gateway = await GatewayProcess.start(t, release, model)
const flags = ['--state-dir', gateway.stateDir, '--data-dir', t.testdir()]

async function command(...words: string[]) {
  const said = await run([...words, ...flags])
  if (said.code !== 0) throw new Error(`${words.join(' ')}: ${said.err}`)
  return JSON.parse(said.out)
}

async function linesOf(key: string): Promise<Line[]> {
  const dir = join(gateway.stateDir, 'agents/main/sessions')
  const store = JSON.parse(await readFile(join(dir, 'sessions.json'), 'utf8'))
  const text = await readFile(join(dir, `${store[key].sessionId}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** As the gateway shows it over HTTP. */
async function theirHistory(key: string): Promise<Shown[]> {
  const path = `/sessions/${encodeURIComponent(key)}/history`
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    headers: { authorization: `Bearer ${gateway.address.token}` },
  })
  return ((await response.json()) as { messages: Shown[] }).messages
}

async function ourHistory(key: string): Promise<Shown[]> {
  return (await command('history', key, '--json', '--tools')).messages
}

/** Sends a message and waits until its answer is in the transcript and nobody holds it. */
async function turn(client: GatewayConnection, key: string): Promise<void> {
  const before = (await linesOf(key).catch(() => [])).length
  await send(client, key, 'QUICK')
  await until(async () => {
    const lines = (await linesOf(key).catch(() => [])).slice(before)
    const { sessions } = (await client.request('sessions.list', {})) as {
      sessions: { key: string; hasActiveRun?: boolean }[]
    }
    const isIdle = sessions.find((row) => row.key === key)?.hasActiveRun !== true
    return isIdle && lines.at(-1)?.message?.role === 'assistant'
  }, TURN_MS)
}

async function goesOn(t: Test, client: GatewayConnection, key: string, cut: () => Promise<void>) {
  for (let had = 0; had < 3; had++) await turn(client, key)
  const before = await linesOf(key)
  await cut()
  const after = await linesOf(key)
  t.strictSame(after[0], before[0], 'the header is kept')
  t.strictSame(
    after.slice(1).map(({ id }) => id),
    before.slice(-after.length + 1).map(({ id }) => id),
    'and the newest lines',
  )
  return after
}

async function isContinued(t: Test, client: GatewayConnection, key: string, cut: readonly Line[]) {
  await turn(client, key)
  const lines = await linesOf(key)
  t.strictSame(lines.slice(0, cut.length), cut, 'a turn is appended, nothing else is touched')
  t.strictSame(
    lines.slice(cut.length).flatMap(({ message }) => message?.role ?? []),
    ['user', 'assistant'],
  )
  t.equal(lines[cut.length]?.parentId, cut.at(-1)?.id, 'it hangs on what was there')
  const [ours, theirs] = await Promise.all([ourHistory(key), theirHistory(key)])
  const identity = ({ __openclaw: { id, seq }, content, role }: Shown) => ({
    id,
    seq,
    content,
    role,
  })
  t.strictSame(ours.map(identity), theirs.map(identity), 'history agrees')
  t.equal(theirs.at(-1)?.role, 'assistant')
}

const compact = async (t: Test, key: string) => {
  const answer = await command('compact', key, '--max-lines', String(KEPT), '--yes', '--json')
  t.match(answer, { ok: true, compacted: true, kept: KEPT, via: 'store' })
  t.match(answer.archived, /\.jsonl\.bak\./)
}

t.test('a session that was cut while its gateway runs', async (t) => {
  const client = await gateway.connect(t)
  const key = await makeSession(client, 'cut-live')
  const after = await goesOn(t, client, key, () => compact(t, key))
  await isContinued(t, client, key, after)
})

t.test('a session that was cut while its gateway was stopped', async (t) => {
  const client = await gateway.connect(t)
  const key = await makeSession(client, 'cut-stopped')
  const after = await goesOn(t, client, key, async () => {
    client.close()
    await gateway.kill()
    await compact(t, key)
  })
  await gateway.start()
  await isContinued(t, await gateway.connect(t), key, after)
})
