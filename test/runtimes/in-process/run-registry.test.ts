import t from 'tap'
import { SessionsError } from '../../../src/errors.js'
import { MAX_ENDED_RUNS } from '../../../src/runtimes/in-process/ended-runs.js'
import { createRunRegistry, isRunStopped } from '../../../src/runtimes/in-process/index.js'
import { DEADLINE_MS } from '../../until.js'

const KEY = 'agent:main:main'
const OPS = { by: 'ops', reason: 'test' }

/** Whether the promise is still open once everything that is due has run. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  const turn = new Promise((resolve) => setImmediate(resolve, open))
  return (await Promise.race([promise.catch(() => null), turn])) === open
}

t.test('a run is live from start to end, and remembered', async (t) => {
  let now = 1000
  const registry = createRunRegistry({ clock: () => now })
  t.equal(registry.session(KEY), null)
  const run = registry.start({ sessionKey: ` ${KEY} `, runId: 'r1' })
  t.equal(run.sessionKey, KEY)
  t.equal(registry.session(KEY.toUpperCase()), null, 'another key')
  t.match(registry.session(KEY), { run: { runId: 'r1', phase: 'running', startedAtMs: 1000 } })
  t.match(registry.health(), { status: 'ok', message: '1 run is live in this process.' })
  now = 1500
  run.end()
  run.end('failed')
  t.strictSame(registry.session(KEY), {
    run: null,
    hold: null,
    lastRun: { runId: 'r1', outcome: 'done', startedAtMs: 1000, endedAtMs: 1500 },
    children: [],
  })
  await t.rejects(run.checkpoint(), { code: 'impossible_state' })
})

t.test('a session has one live run', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY, runId: 'r1' })
  t.throws(() => registry.start({ sessionKey: KEY }), { code: 'impossible_state', message: /r1/ })
  run.end()
  registry.start({ sessionKey: KEY }).end()
})

t.test('pause holds the loop at its checkpoint until resume', async (t) => {
  const registry = createRunRegistry({ clock: () => 7 })
  const run = registry.start({ sessionKey: KEY })
  await run.checkpoint()
  await registry.act(KEY, 'pause', OPS)
  t.match(registry.session(KEY), { run: { phase: 'pausing' }, hold: { ...OPS, sinceMs: 7 } })
  const step = run.checkpoint()
  t.match(registry.session(KEY), { run: { phase: 'paused' } })
  t.equal(await isOpen(step), true)
  await registry.act(KEY, 'pause', { by: 'other', reason: null })
  t.match(registry.session(KEY), { hold: OPS }, 'the first hold stands')
  await registry.act(KEY, 'resume', OPS)
  await step
  t.match(registry.session(KEY), { run: { phase: 'running' }, hold: null })
  t.equal(run.signal.aborted, false)
})

t.test('a run of a held session is born paused', async (t) => {
  const registry = createRunRegistry()
  await registry.act(KEY, 'pause', OPS)
  t.match(registry.session(KEY), { run: null, hold: OPS })
  const run = registry.start({ sessionKey: KEY })
  t.match(registry.session(KEY), { run: { phase: 'paused' } })
  const first = run.checkpoint()
  t.equal(await isOpen(first), true)
  await registry.act(KEY, 'resume', OPS)
  await first
})

t.test('a resumed run that never reached a checkpoint is not called paused again', async (t) => {
  const registry = createRunRegistry()
  await registry.act(KEY, 'pause', OPS)
  registry.start({ sessionKey: KEY })
  await registry.act(KEY, 'resume', OPS)
  await registry.act(KEY, 'pause', OPS)
  t.match(registry.session(KEY), { run: { phase: 'pausing' } })
})

t.test('stop lets the step finish, then the checkpoint throws', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  await run.checkpoint()
  await registry.act(KEY, 'stop', OPS)
  t.match(registry.session(KEY), { run: { phase: 'stopping' } })
  t.equal(run.signal.aborted, false)
  const error = await run.checkpoint().catch((caught: unknown) => caught)
  t.ok(isRunStopped(error))
  t.match(error, { details: { reason: 'stop' } })
  t.match(registry.session(KEY), { run: { phase: 'stopping' } }, 'live until it says so')
  run.end('failed')
  t.match(registry.session(KEY), { run: null, lastRun: { outcome: 'done' } })
})

t.test('a step that fails after a stop has failed', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  await registry.act(KEY, 'stop', OPS)
  run.end('failed')
  t.match(registry.session(KEY), { lastRun: { outcome: 'failed' } })
})

t.test('kill aborts at once, also a paused run; the hold stays', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  await registry.act(KEY, 'pause', OPS)
  const step = run.checkpoint()
  await registry.act(KEY, 'kill', OPS)
  t.equal(run.signal.aborted, true)
  t.ok(isRunStopped(run.signal.reason))
  await t.rejects(step, { code: 'run_stopped', details: { reason: 'kill' } })
  t.match(registry.session(KEY), { run: { phase: 'stopping' } })
  run.end()
  t.match(registry.session(KEY), { run: null, hold: OPS, lastRun: { outcome: 'killed' } })
})

t.test('a run that ignores its signal is never reported as gone', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY, runId: 'r1' })
  for (const action of ['kill', 'stop', 'resume', 'kill'] as const) {
    await registry.act(KEY, action, OPS)
    t.match(registry.session(KEY), { run: { runId: 'r1', phase: 'stopping' } })
  }
  run.end()
  t.equal(registry.session(KEY)?.run, null)
})

t.test('the outcome of a killed run is what the host finished, else killed', async (t) => {
  for (const [said, outcome] of [
    ['done', 'done'],
    ['failed', 'killed'],
    [undefined, 'killed'],
  ] as const) {
    const registry = createRunRegistry()
    const run = registry.start({ sessionKey: KEY })
    await registry.act(KEY, 'kill', OPS)
    run.end(said)
    t.match(registry.session(KEY), { lastRun: { outcome } }, `${said}`)
  }
})

t.test('a scope that is left without end() has failed', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  run[Symbol.dispose]()
  t.match(registry.session(KEY), { run: null, lastRun: { outcome: 'failed' } })
})

t.test('a stop that finds no checkpoint becomes a kill after the grace period', async (t) => {
  const registry = createRunRegistry({ graceMs: 5 })
  const run = registry.start({ sessionKey: KEY })
  await registry.act(KEY, 'stop', OPS)
  t.equal(run.signal.aborted, false)
  const alive = setTimeout(() => {}, DEADLINE_MS)
  await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
  clearTimeout(alive)
  t.match(run.signal.reason, { details: { reason: 'kill' } })
  run.end()
  t.match(registry.session(KEY), { lastRun: { outcome: 'killed' } })
})

t.test(
  'a time limit aborts with timeout; one beyond the longest timer does not fire',
  async (t) => {
    const registry = createRunRegistry()
    const endless = registry.start({ sessionKey: 'agent:main:endless', timeLimitMs: 2 ** 40 })
    const run = registry.start({ sessionKey: KEY, timeLimitMs: 5 })
    const alive = setTimeout(() => {}, DEADLINE_MS)
    await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
    clearTimeout(alive)
    run.end()
    t.match(registry.session(KEY), { lastRun: { outcome: 'timeout' } })
    t.equal(endless.signal.aborted, false)
  },
)

t.test('a duration that is none is refused', async (t) => {
  for (const ms of [0, -1, Number.NaN]) {
    t.throws(() => createRunRegistry({ graceMs: ms }), { code: 'invalid_setting' })
    const registry = createRunRegistry()
    const spec = { sessionKey: KEY, timeLimitMs: ms }
    t.throws(() => registry.start(spec), { code: 'invalid_setting', message: /timeLimitMs/ })
    t.equal(registry.session(KEY), null)
  }
})

t.test('children are the sessions whose live run this one started', async (t) => {
  const registry = createRunRegistry()
  const child = 'agent:main:subagent:1'
  const run = registry.start({ sessionKey: child, parentSessionKey: KEY })
  const self = registry.start({ sessionKey: 'agent:main:x', parentSessionKey: 'agent:main:x' })
  t.strictSame(registry.session(KEY)?.children, [child])
  t.strictSame(registry.session(self.sessionKey)?.children, [])
  run.end()
  t.equal(registry.session(KEY), null)
})

t.test('acts without anything to do do nothing', async (t) => {
  const registry = createRunRegistry()
  for (const action of ['resume', 'stop', 'kill'] as const) await registry.act(KEY, action, OPS)
  t.equal(registry.session(KEY), null)
})

t.test('only so many last runs are remembered', async (t) => {
  const registry = createRunRegistry()
  for (let n = 0; n <= MAX_ENDED_RUNS; n++) registry.start({ sessionKey: `agent:a:${n}` }).end()
  t.equal(registry.session('agent:a:0'), null)
  t.ok(registry.session('agent:a:1')?.lastRun)
})

t.test('close kills what lives, refuses the rest, and may be called twice', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ sessionKey: KEY })
  await registry.act(KEY, 'pause', OPS)
  const step = run.checkpoint()
  await registry.close()
  await registry.close()
  await t.rejects(step, { code: 'run_stopped' })
  t.throws(() => registry.start({ sessionKey: 'agent:main:x' }), SessionsError)
  await t.rejects(registry.act(KEY, 'kill', OPS), { code: 'no_runtime' })
  t.equal(registry.health().status, 'down')
})
