import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { parseConfig } from '../../src/config/config.js'
import { DemoStoreFile } from '../../src/demo/store-file.js'
import { startServer } from '../../src/server.js'
import { line, transcript } from '../http/service.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { subscribeBoth, type Told } from './both.js'

/** Events that must be the same at least; some seconds of the demo. */
const COMPARED = 60
/** Consecutive events by which the two streams, which began at different moments, are laid side by side. */
const MATCHED = 6

/** A session of our own beside those of the demo. */
const KEY = 'agent:main:dashboard:ours'

t.test('a demo run, a kill, a compaction and a delete look the same over both', async (t) => {
  const { config } = parseConfig({
    SESSIONS_API_DEMO: '1',
    SESSIONS_API_DEMO_STEP_MS: '60',
    SESSIONS_API_PORT: '0',
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const server = await startServer(config, pino({ level: 'silent' }))
  t.teardown(() => server.close())
  const { client, overSse, overWs } = await subscribeBoth(t, server.url, server.adminToken ?? '')
  const seen = (wanted: Told) => () => overWs().some((told) => String(told) === String(wanted))
  await until(() => overWs().length >= MATCHED)

  const { sessions } = await client.ask('sessions.list')
  const running = sessions.find(({ hasActiveRun }: { hasActiveRun: boolean }) => hasActiveRun)
  const killed = await client.ask('sessions.kill', { key: running.key })
  t.match(killed.outcome, /killed|no_active_run/)

  const { store, file } = filesOf(server.served)
  await writeFile(file, transcript('ours', ['How far are we?']))
  await store.update((entries) => {
    entries[KEY] = { sessionId: 'ours', updatedAt: Date.now() }
  })
  await until(seen([KEY, 'said m1']))
  await appendFile(file, line(2, 'Nearly done.'))
  await appendFile(file, compactionAfter('m2'))
  await until(seen([KEY, 'said c1']))
  await store.update((entries) => {
    delete entries[KEY]
  })
  await until(seen([KEY, 'delete']))
  await until(() => overWs().length >= COMPARED)

  const ws = overWs()
  await until(() => beside(ws, overSse()).length === ws.length)
  t.same(ws, beside(ws, overSse()))
  t.same(
    ws
      .filter(([key]) => key === KEY)
      .map(([, what]) => what)
      .filter((what) => what !== 'message'),
    ['create', 'said m1', 'said m2', 'said c1', 'delete'],
  )
  for (const wanted of ['start', 'message', 'end'])
    t.ok(
      ws.some(([, what]) => what === wanted),
      wanted,
    )
})

/** The main agent's store as the demo writes it, and where a transcript of our own belongs. */
function filesOf(served: string) {
  const stateDir = served.slice(served.indexOf('/'))
  const folder = join(stateDir, 'agents', 'main', 'sessions')
  return {
    store: new DemoStoreFile(join(folder, 'sessions.json')),
    file: join(folder, 'ours.jsonl'),
  }
}

function compactionAfter(parentId: string): string {
  const timestamp = new Date().toISOString()
  const facts = { summary: 'What was said.', firstKeptEntryId: parentId, tokensBefore: 900 }
  return `${JSON.stringify({ type: 'compaction', id: 'c1', parentId, timestamp, ...facts })}\n`
}

/** The part of `other` that lies beside `one`, found by how `one` begins. */
function beside(one: readonly Told[], other: readonly Told[]): readonly Told[] {
  const head = String(one.slice(0, MATCHED))
  const at = other.findIndex((_, from) => String(other.slice(from, from + MATCHED)) === head)
  return at === -1 ? [] : other.slice(at, at + one.length)
}
