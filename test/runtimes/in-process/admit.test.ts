import t from 'tap'
import type { HeldSession, HoldBook } from '../../../src/contract/state.js'
import { createRunRegistry, isRunStopped } from '../../../src/runtimes/in-process/index.js'
import { MAX_WAITING_TURNS } from '../../../src/runtimes/in-process/turn-queue.js'
import { DEADLINE_MS } from '../../until.js'

const KEY = 'agent:main:main'
const OPS = { by: 'ops', reason: 'looks stuck' }
const spec = (runId: string) => ({ sessionKey: KEY, runId })

t.test('turns of one session begin one after the other, in the order they came', async (t) => {
  const registry = createRunRegistry()
  const first = await registry.admit(spec('r1'))
  const second = registry.admit(spec('r2'))
  const third = registry.admit(spec('r3'))
  t.match(registry.session(KEY), { run: { runId: 'r1' }, queued: 2 })
  first.end()
  t.match(registry.session(KEY), { run: { runId: 'r2' }, queued: 1 }, 'no moment in between')
  const handle = await second
  handle.end()
  t.equal((await third).runId, 'r3')
  t.equal(registry.session(KEY)?.queued, undefined)
})

t.test('while a session is paused its turns wait, or are refused', async (t) => {
  const registry = createRunRegistry()
  await registry.act(KEY, 'pause', OPS)
  const waiting = registry.admit(spec('r1'))
  await t.rejects(registry.admit({ ...spec('r2'), whenHeld: 'refuse' }), {
    code: 'session_paused',
    message: /paused by ops \(looks stuck\)/,
  })
  t.match(registry.session(KEY), { run: null, hold: OPS, queued: 1 })
  await registry.act(KEY, 'resume', OPS)
  const run = await waiting
  t.match(registry.session(KEY), { run: { runId: 'r1', phase: 'running' } })
  await t.rejects(registry.admit({ ...spec('r3'), whenBusy: 'refuse' }), {
    code: 'impossible_state',
    message: /r1/,
  })
  run.end()
})

t.test('a line moves on only when the session is neither busy nor paused', async (t) => {
  const registry = createRunRegistry()
  const first = await registry.admit(spec('r1'))
  const second = registry.admit(spec('r2'))
  await registry.act(KEY, 'pause', OPS)
  first.end()
  t.match(registry.session(KEY), { run: null, queued: 1 }, 'paused: the end begins nothing')
  await registry.act(KEY, 'resume', OPS)
  t.equal((await second).runId, 'r2')
})

t.test('a kill clears the line before the run ends', async (t) => {
  const registry = createRunRegistry()
  const run = await registry.admit(spec('r1'))
  const waiting = registry.admit(spec('r2'))
  const cleared = waiting.catch((error: unknown) => error)
  await registry.act(KEY, 'kill', OPS)
  t.ok(isRunStopped(await cleared), 'a host tells it from a failure')
  t.equal(run.signal.aborted, true)
  run.end()
  t.match(registry.session(KEY), { run: null, lastRun: { runId: 'r1', outcome: 'killed' } })
})

t.test('who gives up leaves the line', async (t) => {
  const registry = createRunRegistry()
  const run = await registry.admit(spec('r1'))
  const leaving = new AbortController()
  const left = registry.admit({ ...spec('r2'), signal: leaving.signal })
  const stays = registry.admit(spec('r3'))
  leaving.abort(new Error('the client is gone'))
  await t.rejects(left, { message: 'the client is gone' })
  await t.rejects(registry.admit({ ...spec('r4'), signal: leaving.signal }), {
    message: 'the client is gone',
  })
  run.end()
  t.equal((await stays).runId, 'r3')
})

t.test('a turn that cannot begin does not block the ones behind it', async (t) => {
  const registry = createRunRegistry()
  const run = await registry.admit(spec('r1'))
  const bad = registry.admit({ ...spec('r2'), timeLimitMs: -1 })
  const good = registry.admit(spec('r3'))
  run.end()
  await t.rejects(bad, { code: 'invalid_setting' })
  t.equal((await good).runId, 'r3')
})

t.test('a line has an end, and closing sends it away', async (t) => {
  const registry = createRunRegistry()
  await registry.admit(spec('r1'))
  const waiting = Array.from({ length: MAX_WAITING_TURNS }, (_, n) => registry.admit(spec(`w${n}`)))
  const gone = Promise.allSettled(waiting)
  await t.rejects(registry.admit(spec('one-too-many')), { code: 'impossible_state' })
  await registry.close()
  for (const { status } of await gone) t.equal(status, 'rejected')
  await t.rejects(registry.admit(spec('late')), { code: 'impossible_state' })
})

t.test('a run can have a grace period of its own, and says why it was aborted', async (t) => {
  const registry = createRunRegistry()
  const run = registry.start({ ...spec('r1'), graceMs: 10 })
  await registry.act(KEY, 'stop', OPS)
  t.match(registry.session(KEY)?.run?.evidence, /asked to stop by ops at .* \(looks stuck\)/)
  // The registry's own timers keep no process alive.
  const alive = setTimeout(() => t.fail('never aborted'), DEADLINE_MS)
  await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
  clearTimeout(alive)
  t.match(registry.session(KEY)?.run?.evidence, /killed 10 ms after a stop by ops.*not ended yet/)
  run.end()
})

/** A book in memory, which can be full. */
class Book implements HoldBook {
  readonly held = new Map<string, HeldSession>()
  full = false
  all(): HeldSession[] {
    return [...this.held.values()]
  }
  async put(held: HeldSession): Promise<void> {
    if (this.full) throw new Error('disk full')
    this.held.set(held.sessionKey, held)
  }
  async remove(sessionKey: string): Promise<void> {
    if (this.full) throw new Error('disk full')
    this.held.delete(sessionKey)
  }
}

t.test('a pause outlives the registry where holds are kept', async (t) => {
  const book = new Book()
  const before = createRunRegistry({ holds: book, clock: () => 7 })
  await before.act(KEY, 'pause', OPS)
  await before.close()
  const after = createRunRegistry({ holds: book })
  t.strictSame(after.session(KEY)?.hold, { ...OPS, sinceMs: 7 })
  t.equal(after.start(spec('r1')).sessionKey, KEY)
  t.match(after.session(KEY), { run: { phase: 'paused' } }, 'born paused')
  await after.act(KEY, 'resume', OPS)
  t.equal(book.held.size, 0)
  t.equal(createRunRegistry({ holds: book }).session(KEY), null)
})

t.test('a pause or resume that cannot be kept is not made, and made when it can', async (t) => {
  const book = new Book()
  const registry = createRunRegistry({ holds: book })
  book.full = true
  await t.rejects(registry.act(KEY, 'pause', OPS), {
    code: 'unavailable',
    message: /is not paused, because that cannot be kept/,
  })
  t.equal(registry.session(KEY), null, 'as if nobody had asked')
  book.full = false
  await registry.act(KEY, 'pause', OPS)
  book.full = true
  await t.rejects(registry.act(KEY, 'resume', OPS), { message: /is not resumed/ })
  t.match(registry.session(KEY), { hold: OPS }, 'still held')
  book.full = false
  await registry.act(KEY, 'resume', OPS)
  t.equal(registry.session(KEY), null)
})
