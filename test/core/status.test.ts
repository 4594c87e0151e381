import t from 'tap'
import type { RuntimeSession } from '../../src/contract/runtime.js'
import type { LockEvidence, StoredSession } from '../../src/contract/store.js'
import { judge, LOCK_GRACE_MS } from '../../src/core/rows/status.js'
import { blankSession } from '../../src/stores/memory/memory-store.js'

const NOW = Date.parse('2026-11-21T12:00:00.000Z')
const HOUR = 3_600_000

const idle: RuntimeSession = { run: null, hold: null, lastRun: null, children: [] }
const hold = { by: 'anna', reason: 'loops', sinceMs: NOW - HOUR }
const run = {
  runId: 'r1',
  phase: 'running',
  startedAtMs: NOW - 1000,
  evidence: 'Run r1 is live in this process.',
} as const

function verdict(facts: Partial<StoredSession>, runtime: RuntimeSession | null = null) {
  const stored = { ...blankSession('agent:main:main'), transcriptId: 't', ...facts }
  return judge({ stored, totals: null, runtime, nowMs: NOW })
}

const lock = (owner: LockEvidence['owner'], pid: number | null = 123): LockEvidence => ({
  pid,
  sinceMs: NOW - HOUR,
  owner,
})
const runningSince = {
  status: 'running',
  startedAtMs: NOW - HOUR,
  updatedAtMs: NOW - HOUR,
} as const

t.test('the strongest evidence decides, and is told', async (t) => {
  const cases: [Partial<StoredSession>, RuntimeSession | null, string, RegExp][] = [
    [{ status: 'done' }, { ...idle, run }, 'running', /^Run r1 is live in this process\.$/],
    [
      {},
      { ...idle, run: { ...run, phase: 'pausing' }, hold },
      'pausing',
      /Paused by anna.*: loops/,
    ],
    [
      { status: 'done' },
      { ...idle, hold },
      'paused',
      /Paused by anna since 2026-11-21T11.*no turn starts/,
    ],
    [
      { lock: lock('alive') },
      null,
      'running',
      /^Process 123 holds the transcript lock since 2026-11-21T11/,
    ],
    [{ lock: lock('alive', null) }, null, 'running', /^A living process holds/],
    [{ ...runningSince, lock: lock('dead') }, null, 'stuck', /process 123.* is dead/],
    [{ ...runningSince, lock: lock('recycled') }, null, 'stuck', /belongs to another process now/],
    [{ ...runningSince, lock: lock('unknown') }, null, 'unknown', /not known/],
    [runningSince, null, 'stuck', /nobody holds its transcript lock/],
    [runningSince, idle, 'stuck', /nobody holds/],
    [{ status: 'timeout', endedAtMs: NOW }, null, 'timeout', /as timeout, ended at 2026/],
    [{ status: 'failed' }, null, 'failed', /as failed\.$/],
    [{}, null, 'idle', /records none/],
    [{ transcriptId: null }, null, 'unknown', /no transcript/],
    [{ lock: lock('dead') }, null, 'idle', /No run is live/],
  ]
  for (const [facts, runtime, status, reason] of cases)
    t.match(verdict(facts, runtime), { status, reason })
})

t.test('a run that the runtime saw end outweighs an older word of the store', async (t) => {
  const lastRun = {
    runId: 'r1',
    outcome: 'killed',
    startedAtMs: NOW - 60_000,
    endedAtMs: NOW,
  } as const
  t.match(verdict(runningSince, { ...idle, lastRun }), { status: 'killed', reason: /Run r1 ended/ })
  const newer = { status: 'failed', startedAtMs: NOW + 1 } as const
  t.match(verdict(newer, { ...idle, lastRun }), { status: 'failed' })
})

t.test('a run that has just begun may take a moment to lock its transcript', async (t) => {
  const begun = { status: 'running', startedAtMs: NOW - 1000 } as const
  t.match(verdict(begun), { status: 'running', recheckAtMs: NOW - 1000 + LOCK_GRACE_MS })
  t.match(
    verdict({ ...begun, lock: lock('dead') }),
    { status: 'stuck' },
    'a dead owner has no grace',
  )
  t.match(verdict({ status: 'running', startedAtMs: NOW - LOCK_GRACE_MS }), { status: 'stuck' })
  t.match(
    verdict({ status: 'running', startedAtMs: NOW + HOUR }),
    { status: 'stuck' },
    'nor has the future',
  )
})

t.test('the lock of a run that was just seen to end does not keep it alive', async (t) => {
  const ended = (agoMs: number) =>
    ({ runId: 'r1', outcome: 'killed', startedAtMs: NOW - HOUR, endedAtMs: NOW - agoMs }) as const
  const locked = { ...runningSince, lock: lock('alive') }
  const just = verdict(locked, { ...idle, lastRun: ended(10) })
  t.match(just, { status: 'killed', recheckAtMs: NOW - 10 + LOCK_GRACE_MS })
  t.match(verdict(locked, { ...idle, lastRun: ended(LOCK_GRACE_MS) }), { status: 'running' })
  const newer = { ...locked, lock: { ...lock('alive'), sinceMs: NOW } }
  t.match(verdict(newer, { ...idle, lastRun: ended(10) }), { status: 'running' }, 'a newer lock')
})
