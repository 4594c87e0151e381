import t, { type Test } from 'tap'
import type { ControlAction } from '../../src/contract/control.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Runtime, RuntimeSession } from '../../src/contract/runtime.js'
import {
  createRunRegistry,
  isRunStopped,
  type RunHandle,
} from '../../src/runtimes/in-process/index.js'
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

t.test('the row says what was not seen to happen, until it is', async (t) => {
  const scene = open(t, { settings: { controlVerifyMs: 40, controlSettleMs: 10 } })
  const run = scene.registry.start({ sessionKey: KEY, runId: 'deaf' })
  await t.rejects(act(scene, 'kill'), { code: 'control_unverified' })
  const doubted = await statusOf(scene)
  t.match(doubted.statusReason, /it was killed by local.*The kill that local asked for.*not seen/)
  t.ok(doubted.flags.includes('control-unverified'))
  run.end()
  const settled = await eventually(async () => {
    const row = await statusOf(scene)
    return row.status === 'killed' ? row : null
  })
  t.notOk(settled.flags.includes('control-unverified'))
  t.notMatch(settled.statusReason, /not seen/)
})

t.test(
  'a runtime that never answers is given up on, in time, and does not block the next',
  async (t) => {
    const registry = createRunRegistry()
    let hangs = true
    const runtime: Runtime = {
      ...delegate(registry),
      act: (...given) => (hangs ? new Promise(() => {}) : registry.act(...given)),
    }
    const scene = open(t, { runtime, settings: { controlVerifyMs: 40, controlSettleMs: 10 } })
    const run = registry.start({ sessionKey: KEY })
    for (const action of ['pause', 'stop', 'kill'] as const)
      await t.rejects(act(scene, action), { code: 'control_unverified' })
    hangs = false
    t.match(await act(scene, 'stop'), { outcome: 'stopping' })
    run.end()
  },
)

t.test('a kill whose run is seen to be gone waits for no answer to its request', async (t) => {
  const registry = createRunRegistry()
  const runtime: Runtime = {
    ...delegate(registry),
    async act(...given) {
      await registry.act(...given)
      return new Promise(() => {})
    },
  }
  const scene = open(t, { runtime, settings: { controlVerifyMs: 60_000 } })
  loop(registry.start({ sessionKey: KEY }))
  t.match(await act(scene, 'kill'), { outcome: 'killed' })
})

t.test('an operator who is overtaken by the opposite is told so at once', async (t) => {
  const scene = open(t)
  const run = scene.registry.start({ sessionKey: KEY })
  const pausing = act(scene, 'pause', KEY, grantOf({ name: 'anna' }))
  await eventually(() => scene.registry.session(KEY)?.hold)
  const resumed = act(scene, 'resume', KEY, grantOf({ name: 'ben' }))
  await t.rejects(pausing, { code: 'superseded', status: 409, message: /ben asked to resume/ })
  t.match(await resumed, { outcome: 'resumed' })
  run.end()
})

t.test('a kill clears the turns that wait, says so, and leaves later ones alone', async (t) => {
  const scene = open(t)
  const run = await scene.registry.admit({ sessionKey: KEY, runId: 'r1' })
  const waiting = [1, 2].map((n) => scene.registry.admit({ sessionKey: KEY, runId: `w${n}` }))
  const gone = Promise.allSettled(waiting)
  t.match((await statusOf(scene)).statusReason, /2 turns wait/)
  let next: RunHandle | undefined
  run.signal.addEventListener('abort', () => {
    run.end()
    next = scene.registry.start({ sessionKey: KEY, runId: 'r2' })
  })
  const answer = await act(scene, 'kill')
  t.match(answer, { outcome: 'killed', runId: 'r1', note: '2 turns that waited were cleared.' })
  for (const { status } of await gone) t.equal(status, 'rejected')
  t.equal(next?.signal.aborted, false, 'a turn that began after the kill is another one')
  t.match(await statusOf(scene), { status: 'running', statusReason: /r2/ })
  next?.end()
})

t.test('sub-agents that are started while their parent is killed go too', async (t) => {
  const scene = open(t)
  const child = 'agent:main:subagent:late'
  scene.store.put({ key: child, sessionId: 'late' })
  const run = scene.registry.start({ sessionKey: KEY, runId: 'parent' })
  run.signal.addEventListener('abort', () => {
    const late = scene.registry.start({ sessionKey: child, parentSessionKey: KEY })
    late.signal.addEventListener('abort', () => late.end())
    run.end()
  })
  const { killedSessions } = await scene.manager.kill(KEY, FULL_GRANT)
  t.strictSame(killedSessions, [KEY, child])
})

t.test('a run that was done before its kill reached it was not killed', async (t) => {
  const scene = open(t)
  const run = scene.registry.start({ sessionKey: KEY, runId: 'r1' })
  run.signal.addEventListener('abort', () => run.end('done'))
  t.match(await act(scene, 'kill'), { outcome: 'stopped', runId: 'r1', note: /its own end/ })
  t.match(await statusOf(scene), { status: 'done' })
})

t.test('a stop that runs out of its grace is answered as the kill that it became', async (t) => {
  const scene = open(t)
  const run = scene.registry.start({ sessionKey: KEY, graceMs: 5 })
  run.signal.addEventListener('abort', () => run.end())
  t.match(await act(scene, 'stop'), { outcome: 'killed' })
})

/** All methods of a runtime, bound. */
function delegate(runtime: Runtime): Runtime {
  return {
    id: runtime.id,
    controls: runtime.controls,
    health: () => runtime.health(),
    session: (key) => runtime.session(key),
    act: (...given) => runtime.act(...given),
    changes: (signal) => runtime.changes(signal),
    close: () => runtime.close(),
  }
}

/** A runtime that has not heard of a run which its owner would tell of when asked. */
function unheard(runtime: Runtime, look: () => Promise<void>): Runtime & { look(): Promise<void> } {
  return {
    id: runtime.id,
    controls: runtime.controls,
    health: () => runtime.health(),
    session: (key) => runtime.session(key),
    act: (key, action, context) => runtime.act(key, action, context),
    changes: (signal) => runtime.changes(signal),
    close: () => runtime.close(),
    look,
  }
}

t.test('the owner of the runs is asked before it is said that nothing runs', async (t) => {
  for (const action of ['stop', 'kill'] as const) {
    const registry = createRunRegistry()
    let ended: Promise<void> = Promise.resolve()
    const runtime = unheard(registry, async () => {
      ended = loop(registry.start({ sessionKey: KEY, runId: 'r1' }))
    })
    const scene = open(t, { runtime })
    t.match(await act(scene, action), {
      outcome: action === 'stop' ? 'stopped' : 'killed',
      runId: 'r1',
    })
    await ended
  }
  const silent = unheard(createRunRegistry(), () => Promise.reject(new Error('away')))
  t.match(await act(open(t, { runtime: silent }), 'kill'), { outcome: 'no_active_run' })
})
