import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { StoredSession } from '../../src/contract/store.js'
import { grantOf, openScene, type Scene, type SceneOptions } from './scene.js'

const KEY = 'agent:main:main'

function open(t: Test, facts: Partial<StoredSession> = {}, options: SceneOptions = {}): Scene {
  const scene = openScene(options)
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 's', ...facts })
  return scene
}

async function ask(scene: Scene, grant = FULL_GRANT) {
  const diagnosis = await scene.manager.diagnose(KEY, grant)
  const about = (what: string) => diagnosis.findings.filter((finding) => finding.about === what)
  return { ...diagnosis, about }
}

const lock = (owner: 'alive' | 'dead' | 'recycled' | 'unknown') =>
  ({ pid: 4711, sinceMs: Date.UTC(2026, 10, 21), owner }) as const
const ghost = { status: 'running', startedAtMs: Date.UTC(2026, 10, 21) } as const

t.test('a ghost is told from a run, with the evidence', async (t) => {
  const cases = [
    [{ ...ghost, lock: null }, 'stuck', /Nobody holds the transcript lock, as a live run would/],
    [{ ...ghost, lock: lock('dead') }, 'stuck', /Process 4711 .* is dead/],
    [{ ...ghost, lock: lock('recycled') }, 'stuck', /got the same number/],
    [{ ...ghost, lock: lock('unknown') }, 'unknown', /cannot be looked at/],
    [{ ...ghost, lock: lock('alive') }, 'running', /is alive/],
  ] as const
  for (const [facts, status, words] of cases) {
    const diagnosis = await ask(open(t, facts))
    t.equal(diagnosis.status, status)
    t.match(diagnosis.about('lock')[0]?.text, words)
    t.match(diagnosis.about('store')[0]?.text, /says that a run is live since/)
    t.ok(diagnosis.advice.length > 0, `${status} has advice`)
  }
})

t.test('all is well: no advice', async (t) => {
  const scene = open(t, { status: 'done', endedAtMs: 1, lock: null })
  const diagnosis = await ask(scene)
  t.strictSame(diagnosis.advice, [])
  t.notOk(diagnosis.findings.some(({ level }) => level === 'problem'))
})

t.test('hold, waiting turns, sub-agents and what was not verified', async (t) => {
  const settings = { controlVerifyMs: 30, controlSettleMs: 10 }
  const scene = open(t, {}, { settings })
  const run = await scene.registry.admit({ sessionKey: KEY, runId: 'deaf' })
  const waiting = scene.registry.admit({ sessionKey: KEY }).catch(() => null)
  const child = scene.registry.start({ sessionKey: 'agent:work:x', parentSessionKey: KEY })
  await scene.manager.control(KEY, { action: 'pause', reason: 'odd' }, FULL_GRANT)
  t.match((await ask(scene)).about('hold'), [{ text: /^Paused by local since .*: odd\.$/ }])
  t.match((await ask(scene)).about('runtime')[1], { text: 'Turns that wait here: 1.' })
  t.match((await ask(scene)).about('family'), [{ text: /agent:work:x/ }])
  const walled = await ask(scene, grantOf({ agents: ['main'] }))
  t.strictSame(walled.about('family'), [], 'the unseen is not there')
  await t.rejects(scene.manager.kill(KEY, FULL_GRANT), { code: 'control_unverified' })
  const doubted = await ask(scene)
  t.match(doubted.about('control'), [{ level: 'problem', text: /The kill that local asked for/ }])
  t.match(doubted.advice[0], /ignores what it is asked for/)
  await waiting
  child.end()
  run.end()
})

t.test('without a runtime, and with one that is down', async (t) => {
  const reading = await ask(open(t, {}, { runtime: null }))
  t.match(reading.about('runtime'), [{ level: 'notice', text: /No runtime is connected/ }])
  const scene = open(t)
  await scene.manager.health()
  await scene.registry.close()
  const down = await ask(scene)
  t.match(down.about('runtime'), [{ level: 'problem', text: /run-registry is down/ }])
  t.match(down.advice, [/Bring the runtime back/])
})

t.test('a transcript that cannot be read is said without a path', async (t) => {
  const diagnosis = await ask(open(t, { transcriptProblem: 'The transcript is a symbolic link.' }))
  t.match(diagnosis.about('transcript'), [{ level: 'problem', text: /symbolic link/ }])
})
