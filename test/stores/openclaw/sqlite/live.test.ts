import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import t, { type Test } from 'tap'
import type { Transcript } from '../../../../src/contract/transcript.js'
import { openclawSqlite } from '../../../../src/stores/openclaw/index.js'
import { unzstd } from '../../../../src/stores/openclaw/sqlite/zstd.js'
import { ownFolder } from '../../../own-folder.js'
import { StoreView } from '../../../suites/store-view.js'
import { chat, TranscriptText } from '../../../suites/transcript-text.js'
import { GatewayDatabase } from './gateway-database.js'

const FIXTURE = fileURLToPath(new URL('../../../../fixtures/openclaw-2026.9.6', import.meta.url))
const KEY = 'agent:main:main'
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

function open(t: Test, stateDir: string) {
  const store = openclawSqlite({ stateDir, homeDir: stateDir, pollMs: 200 })
  const view = new StoreView(store)
  t.teardown(async () => {
    await view.close()
    await store.close()
  })
  return { store, view }
}

async function gateway(t: Test) {
  const stateDir = ownFolder(t)
  const database = await GatewayDatabase.create(stateDir, 'main')
  t.teardown(() => database.close())
  database.node(KEY, 's1')
  database.append('s1', lines(chat('s1', 4)))
  const { store, view } = open(t, stateDir)
  await view.until('the session', ({ sessions }) => sessions.has(KEY))
  return { database, stateDir, store, view, transcript: store.transcript(view.get(KEY)) }
}

const ids = async (transcript: Transcript, branch: 'active' | 'all' = 'active') =>
  (await transcript.page({ branch, limit: 99, includeTools: true })).entries.map(({ id }) => id)

t.test('what another process commits is followed without a gap', async (t) => {
  const stateDir = ownFolder(t)
  const path = fileURLToPath(new URL('./writer-process.ts', import.meta.url))
  const writer = fork(path, [stateDir], { execArgv: ['--import=tsx'] })
  t.teardown(() => writer.kill('SIGKILL'))
  await once(writer, 'message')
  const { store, view } = open(t, stateDir)
  await view.until('the session', ({ sessions }) => sessions.has(KEY))
  const transcript = store.transcript(view.get(KEY))
  const text = new TranscriptText()
  const end = new AbortController()
  const heard: (string | null)[] = []
  let place = (await transcript.mark('active')).position
  const changes = transcript.changes(end.signal)
  const send = (id: string) => writer.send(lines(text.user(id, id)))
  send('u0')
  for await (const _ of changes) {
    const slice = await transcript.after(place, 'active', 100)
    if (slice.kind !== 'entries') return t.fail(slice.reason)
    place = slice.end
    heard.push(...slice.entries.map(({ id }) => id))
    if (slice.entries.length > 0 && heard.length < 30) send(`u${heard.length}`)
    if (heard.length === 30) end.abort()
  }
  t.strictSame(
    heard,
    Array.from({ length: 30 }, (_, index) => `u${index}`),
  )
})

t.test('followers get a reason for what a gateway does to a transcript', async (t) => {
  const text = () => new TranscriptText()
  const event = (fields: object) => [
    JSON.stringify({ timestamp: '2026-11-30T21:06:46Z', ...fields }),
  ]

  await t.test('reset in place, and what it keeps', async (t) => {
    const { database, transcript } = await gateway(t)
    const { position } = await transcript.mark('active')
    database.append('s1', event({ type: 'reset', id: 'r1', parentId: 'm4', reason: 'reset' }))
    t.strictSame(await transcript.after(position, 'active', 9), {
      kind: 'lost',
      reason: 'session_reset',
    })
    t.strictSame(await ids(transcript), ['r1'])
    t.strictSame(await ids(transcript, 'all'), ['m1', 'm2', 'm3', 'm4', 'r1'])
    database.append('s1', lines(text().user('u2', 'two', { parentId: 'r1' })))
    const idle = { type: 'reset', id: 'r2', parentId: 'u2', reason: 'idle', firstKeptEntryId: 'u2' }
    database.append('s1', event(idle))
    t.strictSame(await ids(transcript), ['u2', 'r2'])
  })

  await t.test('another branch', async (t) => {
    const { database, transcript } = await gateway(t)
    const { position } = await transcript.mark('active')
    database.append('s1', lines(text().user('n3', 'other', { parentId: 'm2' })))
    t.strictSame(await transcript.after(position, 'active', 9), {
      kind: 'lost',
      reason: 'branch_changed',
    })
    t.strictSame(await ids(transcript), ['m1', 'm2', 'n3'])
    database.append('s1', lines(text().user('n4', 'more', { parentId: 'n3' })))
    t.strictSame(await ids(transcript), ['m1', 'm2', 'n3', 'n4'])
  })

  await t.test('a compaction is a message, a cut is a loss', async (t) => {
    const { database, transcript } = await gateway(t)
    const { position } = await transcript.mark('active')
    database.append('s1', event({ type: 'compaction', id: 'c1', parentId: 'm4', summary: 's' }))
    t.match(await transcript.after(position, 'active', 9), {
      kind: 'entries',
      entries: [{ id: 'c1' }],
    })
    database.rewrite('s1', lines(text().user('m4', 'kept', { parentId: null })))
    t.strictSame(await transcript.after(position, 'active', 9), {
      kind: 'lost',
      reason: 'truncated',
    })
    t.strictSame(await ids(transcript), ['m4'])
  })

  await t.test('a rewind is another window, and the one before stays readable', async (t) => {
    const { database, store, view } = await gateway(t)
    const paid = text().assistant('a5', 'paid', { parentId: 'm4' })
    database.append('s1', lines(paid))
    database.node(KEY, 's2')
    database.append('s2', lines(chat('s2', 2)))
    await view.until('the window', (view) => view.get(KEY).sessionId === 's2')
    const session = view.get(KEY)
    t.match(await store.transcript(session).totals(), { cost: 0.25 }, 'paid in the window before')
    const [previous, ...rest] = await store.previousTranscripts(session)
    t.strictSame(rest, [])
    t.match(previous, { sessionId: 's1', reason: 'replaced' })
    if (previous !== undefined)
      t.strictSame(await ids(store.transcript(previous.stored)), ['m1', 'm2', 'm3', 'm4', 'a5'])
  })

  await t.test('a deleted session is gone', async (t) => {
    const { database, view } = await gateway(t)
    database.run('DELETE FROM session_nodes')
    await view.until('the removal', ({ sessions }) => !sessions.has(KEY))
  })
})

t.test('a deleted session that is made again has its archive', async (t) => {
  const stateDir = ownFolder(t)
  await cp(FIXTURE, stateDir, { recursive: true })
  const path = join(stateDir, 'agents/main/agent/openclaw-agent.sqlite')
  const database = new Database(path)
  t.teardown(() => database.close())
  database.exec(
    "PRAGMA foreign_keys = off; UPDATE session_nodes SET session_key = 'agent:main:gone' WHERE session_key = 'agent:main:long'",
  )
  const { store, view } = open(t, stateDir)
  await view.until('the session', ({ sessions }) => sessions.has('agent:main:gone'))
  const session = view.get('agent:main:gone')
  const deleted = (await store.previousTranscripts(session)).find(
    ({ reason }) => reason === 'deleted',
  )
  t.match(deleted, { sessionId: '8b88288e-c5bf-456d-aea7-2d884459130c', bytes: 764 })
  if (deleted !== undefined) t.ok((await ids(store.transcript(deleted.stored))).length >= 2)
})

t.test('a fork does not count what its source paid', async (t) => {
  const { store, view } = open(t, FIXTURE)
  await view.until('everything', ({ sessions }) => sessions.size === 17)
  const fork = view.get('agent:main:dashboard:b3c341a7-479e-49e8-b64f-13cf47ef8e66')
  const totals = await store.transcript(fork).totals()
  t.ok((totals.inheritedCost ?? 0) > 0)
  t.ok((totals.cost ?? 0) > 0)
  t.ok((totals.cost ?? 0) < 0.006, 'one turn of its own')
})

t.test('a run whose gateway was killed is held by a dead process', async (t) => {
  const { database, stateDir, view } = await gateway(t)
  await mkdir(join(stateDir, 'state'))
  const state = new Database(join(stateDir, 'state/openclaw.sqlite'))
  t.teardown(() => state.close())
  state.exec(`CREATE TABLE state_leases (scope TEXT, lease_key TEXT, payload_json TEXT);
    CREATE TABLE agent_database_leases (owner_pid INTEGER, owner_start_time INTEGER, opened_at INTEGER)`)
  const child = fork(fileURLToPath(new URL('./idle-process.ts', import.meta.url)))
  t.teardown(() => child.kill('SIGKILL'))
  const lease = { owner: { pid: child.pid, host: hostname(), startedAt: 1796072739721 } }
  state
    .prepare("INSERT INTO state_leases VALUES ('gateway-owner', 'global', ?)")
    .run(JSON.stringify(lease))
  database.node(KEY, 's1', {}, { status: 'running', updated_at: Date.now() })
  await view.until('a living holder', (view) => view.get(KEY).lock?.owner === 'alive')
  t.match(view.get(KEY).lock, { pid: child.pid, sinceMs: 1796072739721 })
  child.kill('SIGKILL')
  await view.until('a dead holder', (view) => view.get(KEY).lock?.owner === 'dead')
  database.node(KEY, 's1', {}, { status: 'done', updated_at: Date.now() })
  await view.until('an end', (view) => view.get(KEY).lock === null)
})

t.test('what stands in the place of a database', async (t) => {
  const original = await readFile(join(FIXTURE, 'agents/retired/agent/openclaw-agent.sqlite'))
  const cases: Record<string, [(path: string, root: string) => Promise<unknown>, object]> = {
    'a folder': [(path) => mkdir(path), { status: 'down', message: /is not a regular file/ }],
    'a link': [
      (path, root) => symlink(join(root, 'elsewhere'), path),
      { status: 'down', message: /is not a regular file/ },
    ],
    'no database': [
      (path) => writeFile(path, 'x'.repeat(9999)),
      { status: 'down', message: /is damaged/ },
    ],
    'half of one': [
      (path) => writeFile(path, original.subarray(0, 90_000)),
      { status: 'down', message: /is damaged/ },
    ],
    'an empty file': [(path) => writeFile(path, ''), { status: 'down', message: /schema 0/ }],
    'a schema of the future': [
      (path) => writeFile(path, withVersion(original, 99)),
      { status: 'degraded', message: /later OpenClaw \(schema 99\)/, sessions: 1 },
    ],
  }
  for (const [name, [put, expected]] of Object.entries(cases))
    await t.test(name, async (t) => {
      const root = ownFolder(t)
      const dir = join(root, 'agents/main/agent')
      await mkdir(dir, { recursive: true })
      await writeFile(join(root, 'elsewhere'), original)
      await put(join(dir, 'openclaw-agent.sqlite'), root)
      const { view } = open(t, root)
      await view.until('a source', ({ changes }) => changes.length > 0)
      t.match(view.source('openclaw-sqlite:main'), expected)
    })
})

t.test('rows in a -wal without its -shm are read, and none is made beside it', async (t) => {
  const { stateDir } = await gateway(t)
  const copy = join(stateDir, 'copy')
  const from = join(stateDir, 'agents/main/agent/openclaw-agent.sqlite')
  const to = join(copy, 'agents/main/agent/openclaw-agent.sqlite')
  await mkdir(join(copy, 'agents/main/agent'), { recursive: true })
  await cp(from, to)
  await cp(`${from}-wal`, `${to}-wal`)
  const { store, view } = open(t, copy)
  await view.until('the session', ({ sessions }) => sessions.has(KEY))
  t.equal((await ids(store.transcript(view.get(KEY)))).length, 4)
  await t.rejects(readFile(`${to}-shm`), { code: 'ENOENT' })
})

t.test('a zstd bomb is a broken event', async (t) => {
  // One frame of a 1 KB window and RLE blocks of 128 KiB each: 400 KB that say 16 GB. RFC 8878 §3.1.1.
  const block = Buffer.from([0x02, 0x00, 0x10, 0x00])
  const bomb = Buffer.concat([
    Buffer.from('28b52ffd0038', 'hex'),
    ...Array.from({ length: 100_000 }, () => block),
  ])
  t.equal(await unzstd(bomb, 4 * 1024 * 1024), null)
  const wide = Buffer.from('28b52ffd00a8000000000000', 'hex')
  t.equal(await unzstd(wide, 4 * 1024 * 1024), null, 'a window of gigabytes')
  const { database, transcript } = await gateway(t)
  database.database.exec(
    `INSERT INTO transcript_events VALUES ('s1', 5, NULL, 0, x'${bomb.toString('hex')}', 4194304, '{}')`,
  )
  t.match(await transcript.mark('active'), { seq: 4, brokenLines: 1 })
})

/** A database with another `user_version`. Source: sqlite.org/fileformat.html §1.3. */
function withVersion(database: Buffer, version: number): Buffer {
  const changed = Buffer.from(database)
  changed.writeUInt32BE(version, 60)
  return changed
}
