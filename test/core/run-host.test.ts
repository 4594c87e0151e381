import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Runtime, RuntimeSession } from '../../src/contract/runtime.js'
import type { LockEvidence } from '../../src/contract/store.js'
import { createSessionManager } from '../../src/core/index.js'
import { KeyFeed } from '../../src/runtimes/in-process/key-feed.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { until } from '../until.js'

const RUNNING = 'agent:main:running'
const LEFT = 'agent:main:left'
const FOREIGN = 'agent:main:foreign'

const lockOf = (pid: number): LockEvidence => ({ pid, sinceMs: Date.now(), owner: 'alive' })
const run = { runId: 'r1', phase: 'running', startedAtMs: 1, evidence: 'It is live.' } as const
const nothing: RuntimeSession = { run: null, hold: null, lastRun: null, children: [] }

/** A runtime in the process 100, which keeps the lock of a run that is gone; somebody else works as 200. */
async function scene(t: Test) {
  const feed = new KeyFeed()
  const sessions = new Map<string, RuntimeSession>()
  let status: 'ok' | 'down' = 'ok'
  const runtime: Runtime = {
    id: 'outside',
    controls: [],
    health: () => ({ status, message: 'As it is.' }),
    session: (key) => sessions.get(key) ?? null,
    act: async () => {},
    changes: (signal) => feed.subscribe(signal),
    close: async () => feed.close(),
  }
  const store = memoryStore()
  for (const [key, pid] of [
    [RUNNING, 100],
    [LEFT, 100],
    [FOREIGN, 200],
  ] as const)
    store.put({ key, sessionId: key, lock: lockOf(pid) })
  const manager = createSessionManager({ stores: [store], runtime, version: '0.0.0' })
  t.teardown(async () => {
    await manager.close()
    await runtime.close()
    await store.close()
  })
  const row = async (key: string) => (await manager.get(key, FULL_GRANT)).session
  const shows = (key: string, wanted: string) =>
    until(async () => (await row(key)).status === wanted)
  return {
    manager,
    row,
    shows,
    store,
    say: (key: string, session: RuntimeSession) => {
      sessions.set(key, session)
      feed.publish(key)
    },
    goDown: () => {
      status = 'down'
    },
  }
}

t.test('the lock of the process that the runs are in is no run', async (t) => {
  const { manager, row, say, shows } = await scene(t)
  await shows(LEFT, 'running')
  say(RUNNING, { ...nothing, run })
  await shows(LEFT, 'unknown')
  t.equal((await row(RUNNING)).status, 'running')
  t.match(await row(FOREIGN), { status: 'running', statusReason: /Process 200 holds/ })
  const { findings } = await manager.diagnose(LEFT, FULL_GRANT)
  t.match(
    findings.find(({ about }) => about === 'lock'),
    { level: 'notice', text: /Process 100 .*nothing runs here/ },
  )
  say(RUNNING, nothing)
  await shows(RUNNING, 'unknown')
})

t.test('a stored running behind such a lock is stuck, and says why', async (t) => {
  const { row, say, shows, store } = await scene(t)
  say(RUNNING, { ...nothing, run })
  await shows(LEFT, 'unknown')
  store.put({ key: LEFT, status: 'running', startedAtMs: 1, updatedAtMs: 1 })
  await shows(LEFT, 'stuck')
  t.match((await row(LEFT)).statusReason, /process 100, which holds .* knows of no run/)
})

t.test('while the runtime is away its locks count as those of anybody', async (t) => {
  const { goDown, say, shows } = await scene(t)
  say(RUNNING, { ...nothing, run })
  await shows(LEFT, 'unknown')
  goDown()
  say(LEFT, nothing)
  await shows(LEFT, 'running')
})
