import t, { type Test } from 'tap'
import type { ControlAction } from '../../src/contract/control.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Runtime, RuntimeSession } from '../../src/contract/runtime.js'
import { isRunStopped, type RunHandle } from '../../src/runtimes/run-registry/index.js'
import { eventually, grantOf, openScene, type Scene } from './scene.js'

const KEY = 'agent:main:main'

function open(t: Test, options = {}): Scene {
  const scene = openScene(options)
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 's' })
  return scene
}

/** A host's loop: a step, a checkpoint, and so on until it has to go. */
async function loop(run: RunHandle, stepMs = 5): Promise<void> {
  try {
    for (;;) {
      await run.checkpoint()
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, stepMs)
        run.signal.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve(undefined)
        })
      })
    }
  } catch (error) {
    if (!isRunStopped(error)) throw error
    run.end()
  }
}

const act = ({ manager }: Scene, action: ControlAction, key = KEY, grant = FULL_GRANT) =>
  manager.control(key, { action, reason: 'a test' }, grant)
const statusOf = async ({ manager }: Scene, key = KEY) =>
  (await manager.get(key, FULL_GRANT)).session

t.test('a run is paused, resumed, stopped; each answer is what the row shows', async (t) => {
  const scene = open(t)
  const run = scene.registry.start({ sessionKey: KEY, runId: 'r1' })
  const ended = loop(run)
  t.match(await statusOf(scene), { status: 'running', active: true, statusReason: /r1/ })
  const paused = await act(scene, 'pause')
  t.match(paused, { success: true, action: 'pause', session: KEY, outcome: 'paused', runId: 'r1' })
  t.ok(Date.parse(paused.verifiedAt) > 0)
  t.match(await statusOf(scene), {
    status: 'paused',
    flags: ['main', 'held'],
    statusReason: /local.*: a test/,
  })
  t.match(await act(scene, 'pause'), { outcome: 'already' })
  t.match(await act(scene, 'resume'), { outcome: 'resumed', runId: 'r1' })
  t.match(await act(scene, 'resume'), { outcome: 'already' })
  t.match(await statusOf(scene), { status: 'running' })
  t.match(await act(scene, 'stop'), { outcome: 'stopped', runId: 'r1' })
  await ended
  t.match(await statusOf(scene), { status: 'done', statusReason: /Run r1 ended/, active: true })
  t.match(await act(scene, 'stop'), { outcome: 'no_active_run', runId: null })
})

t.test('an idle session: pause holds it, kill finds nothing', async (t) => {
  const scene = open(t)
  t.match(await act(scene, 'kill'), { outcome: 'no_active_run' })
  t.strictSame(await scene.manager.kill(KEY, FULL_GRANT), {
    ok: true,
    killed: false,
    outcome: 'no_active_run',
    killedSessions: [],
  })
  t.match(await act(scene, 'pause'), { outcome: 'paused', runId: null })
  t.match(await statusOf(scene), { status: 'paused' })
  t.match(await act(scene, 'resume'), { outcome: 'resumed' })
})

t.test('a step that takes long is told as under way', async (t) => {
  const scene = open(t, { settings: { controlSettleMs: 30, controlVerifyMs: 60 } })
  const run = scene.registry.start({ sessionKey: KEY })
  t.match(await act(scene, 'pause'), { outcome: 'pausing' })
  t.match(await statusOf(scene), { status: 'pausing' })
  t.match(await act(scene, 'resume'), { outcome: 'resumed' })
  t.match(await act(scene, 'stop'), { outcome: 'stopping' })
  t.match(await statusOf(scene), { status: 'stopping' })
  run.end()
  t.match(await act(scene, 'stop'), { outcome: 'no_active_run' })
})

t.test('a kill takes the whole tree, live members below finished ones too', async (t) => {
  const scene = open(t)
  const child = 'agent:main:subagent:1'
  const grandchild = 'agent:main:subagent:1:subagent:2'
  const live = 'agent:other:live'
  scene.store.put({ key: child, sessionId: 'c', spawnedBy: KEY, status: 'done' })
  scene.store.put({ key: grandchild, sessionId: 'g', spawnedBy: child })
  scene.store.put({ key: live, sessionId: 'l' })
  scene.store.put({ key: 'agent:main:fork', sessionId: 'f', parentSessionKey: KEY })
  const ended = [
    loop(scene.registry.start({ sessionKey: KEY, runId: 'root' })),
    loop(scene.registry.start({ sessionKey: grandchild, runId: 'deep' })),
    loop(scene.registry.start({ sessionKey: live, runId: 'live', parentSessionKey: KEY })),
  ]
  const fork = scene.registry.start({ sessionKey: 'agent:main:fork' })
  const walled = grantOf({ agents: ['main'] })
  await t.rejects(act(scene, 'kill', KEY, walled), { code: 'outside_grant' })
  t.ok(scene.registry.session(KEY)?.run, 'nothing was killed')
  const answer = await scene.manager.kill(KEY, FULL_GRANT)
  t.match(answer, { ok: true, killed: true, outcome: 'killed' })
  t.equal(answer.killedSessions[0], KEY)
  t.strictSame(new Set(answer.killedSessions), new Set([KEY, grandchild, live]))
  await Promise.all(ended)
  for (const key of [KEY, grandchild, live])
    t.match(await statusOf(scene, key), { status: 'killed' })
  t.match(await statusOf(scene, 'agent:main:fork'), { status: 'running' }, 'a fork is no sub-agent')
  t.match((await statusOf(scene)).childSessions, ['agent:main:fork', child])
  fork.end()
})

t.test(
  'a run that ignores its signal is not called killed, and a later kill is believed',
  async (t) => {
    const scene = open(t, { settings: { controlVerifyMs: 40 } })
    const run = scene.registry.start({ sessionKey: KEY, runId: 'deaf' })
    await t.rejects(act(scene, 'kill'), {
      code: 'control_unverified',
      retryable: true,
      message: /agent:main:main/,
    })
    t.match(await statusOf(scene), { status: 'stopping' })
    const killed = act(scene, 'kill')
    setImmediate(() => run.end())
    t.match(await killed, { outcome: 'killed', runId: 'deaf' })
  },
)

t.test('many operators at once: every answer is true', async (t) => {
  const scene = open(t)
  const ended = loop(scene.registry.start({ sessionKey: KEY }))
  const kills = await Promise.all(Array.from({ length: 5 }, () => act(scene, 'kill')))
  for (const { outcome } of kills) t.ok(outcome === 'killed' || outcome === 'no_active_run')
  await ended
  t.match(await statusOf(scene), { status: 'killed' })
})

t.test('what cannot be done says why', async (t) => {
  const reading = open(t, { runtime: null })
  await t.rejects(act(reading, 'pause'), { code: 'no_runtime', message: /only read here/ })
  await t.rejects(act(reading, 'pause', 'agent:main:nope'), { code: 'session_not_found' })
  t.match(await reading.manager.capabilities(FULL_GRANT), {
    runtime: { status: 'none' },
    controls: [],
  })

  const killer = open(t, { runtime: new KillOnly() })
  await t.rejects(act(killer, 'pause'), { code: 'not_supported', message: /can kill/ })
  const away = new KillOnly()
  away.status = 'down'
  const unreachable = open(t, { runtime: away })
  await t.rejects(act(unreachable, 'kill'), { code: 'no_runtime', message: /Start it/ })
  t.match(await unreachable.manager.capabilities(FULL_GRANT), {
    runtime: { status: 'down' },
    controls: [],
  })
})

t.test('a run that nobody announced is seen by the next change', async (t) => {
  const scene = open(t)
  await scene.list()
  const run = scene.registry.start({ sessionKey: KEY })
  await eventually(async () => (await scene.keys({ status: 'running' })).length === 1)
  run.end('failed')
  await eventually(async () => (await scene.keys({ status: 'failed' })).length === 1)
})

/** A runtime of fewer abilities than the registry. */
class KillOnly implements Runtime {
  readonly id = 'kill-only'
  readonly controls = ['kill'] as const
  status: 'ok' | 'down' = 'ok'
  health() {
    return { status: this.status, message: 'Start it.' }
  }
  session(): RuntimeSession | null {
    return null
  }
  async act(): Promise<void> {}
  async *changes(signal: AbortSignal): AsyncGenerator<string> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  async close(): Promise<void> {}
}
