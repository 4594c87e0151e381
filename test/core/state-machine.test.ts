import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ControlAction } from '../../src/contract/control.js'
import type { RunPhase, RuntimeSession } from '../../src/contract/runtime.js'
import {
  type ControlState,
  MACHINE,
  seenOf,
  stateOf,
} from '../../src/core/control/state-machine.js'

const HOLD = { by: 'ops', reason: null, sinceMs: 1 }

function session(phase: RunPhase | null, held: boolean): RuntimeSession {
  const run = phase === null ? null : { runId: 'r1', phase, startedAtMs: 1, evidence: 'It runs.' }
  return { run, hold: held ? HOLD : null, lastRun: null, children: [] }
}

t.test('every pair of phase and hold is one state', (t) => {
  const states: [RunPhase | null, boolean, ControlState][] = [
    [null, false, 'idle'],
    [null, true, 'held'],
    ['running', false, 'running'],
    ['running', true, 'pausing'],
    ['pausing', false, 'pausing'],
    ['pausing', true, 'pausing'],
    ['paused', false, 'paused'],
    ['paused', true, 'paused'],
    ['stopping', false, 'stopping'],
    ['stopping', true, 'stopping-held'],
  ]
  for (const [phase, held, state] of states) t.equal(stateOf(session(phase, held)), state)
  t.equal(stateOf(null), 'idle')
  t.end()
})

t.test('what needs nothing is seen, and what was seen needs nothing more', (t) => {
  for (const [state, cells] of Object.entries(MACHINE))
    for (const action of ControlAction.options) {
      const { found, seen } = cells[action]
      if (found !== 'ask') t.ok(seen !== null, `${action} in ${state}`)
      else t.ok(seen === null || /ing$/.test(seen), `${action} in ${state} is under way at most`)
    }
  t.end()
})

t.test('another run in its place is as good as none, and its end says how it went', (t) => {
  const next = session('running', false)
  const ended = (outcome: 'done' | 'failed' | 'killed' | 'timeout'): RuntimeSession => ({
    ...next,
    lastRun: { runId: 'r0', outcome, startedAtMs: 1, endedAtMs: 2 },
  })
  t.equal(seenOf('stop', next, 'r0'), 'stopped')
  t.equal(seenOf('kill', next, 'r0'), 'killed')
  t.equal(seenOf('kill', next, 'r1'), null)
  t.equal(seenOf('stop', ended('killed'), 'r0'), 'killed', 'its grace was over')
  t.equal(seenOf('stop', ended('failed'), 'r0'), 'stopped')
  t.equal(seenOf('kill', ended('done'), 'r0'), 'stopped', 'it was faster than the kill')
  t.equal(seenOf('kill', ended('failed'), 'r0'), 'killed')
  t.end()
})

t.test('ARCHITECTURE.md shows the table of the code', async (t) => {
  const map = await readFile(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const rows = Object.entries(MACHINE).map(([state, cells]) => {
    const words = ControlAction.options.map((action) => {
      const { found, seen } = cells[action]
      return `${found} / ${seen ?? '–'}`
    })
    return `| ${[`\`${state}\``, ...words].join(' | ')} |`
  })
  for (const row of rows) t.ok(map.includes(row), row)
})
