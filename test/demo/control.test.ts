import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ControlAction } from '../../src/contract/control.js'
import type { RuntimeSession } from '../../src/contract/runtime.js'
import { type DemoGateway, SHOWCASE_KEY, startDemoGateway } from '../../src/demo/index.js'
import { DEADLINE_MS } from '../until.js'
import { entriesOf, linesOf } from './state-tree.js'

const OPS = { by: 'ops', reason: null }
const STEP_MS = 20

/** The real thing in real time, with short steps. */
async function quickTown(t: Test): Promise<DemoGateway> {
  const demo = await startDemoGateway({ stepMs: STEP_MS })
  t.teardown(() => demo.close())
  return demo
}

function act(demo: DemoGateway, action: ControlAction, key = SHOWCASE_KEY): Promise<void> {
  return demo.runtime.act(key, action, OPS)
}

/** Waits until what the runtime knows of the session is as wanted; asked again at each of its changes. */
async function until(
  demo: DemoGateway,
  wanted: (session: RuntimeSession | null) => boolean,
  key = SHOWCASE_KEY,
): Promise<RuntimeSession | null> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const changes = demo.runtime.changes(deadline)
  if (wanted(demo.runtime.session(key))) return demo.runtime.session(key)
  for await (const _ of changes) {
    if (wanted(demo.runtime.session(key))) return demo.runtime.session(key)
  }
  throw new Error('it did not happen in time')
}

function fileOf(demo: DemoGateway, key = SHOWCASE_KEY): string {
  return String(entriesOf(demo.stateDir)[key]?.sessionFile)
}

/** Resolves when so many other runs have begun or ended: time in which a still session would have moved. */
async function elsewhere(demo: DemoGateway, events: number): Promise<void> {
  let seen = 0
  for await (const key of demo.runtime.changes(AbortSignal.timeout(DEADLINE_MS))) {
    if (key !== SHOWCASE_KEY && ++seen === events) return
  }
  throw new Error('the town stands still')
}

t.test('a paused run writes nothing until it is resumed', async (t) => {
  const demo = await quickTown(t)
  await act(demo, 'pause')
  const paused = await until(demo, (session) => session?.run?.phase === 'paused')
  const runId = paused?.run?.runId
  const { size } = statSync(fileOf(demo))
  await elsewhere(demo, 6)
  t.equal(statSync(fileOf(demo)).size, size)
  t.match(entriesOf(demo.stateDir)[SHOWCASE_KEY], { status: 'running' })
  t.ok(existsSync(`${fileOf(demo)}.lock`), 'a paused run keeps its lock')

  await act(demo, 'resume')
  await act(demo, 'pause')
  await until(
    demo,
    (session) => session?.run?.phase === 'paused' && statSync(fileOf(demo)).size > size,
  )
  t.equal(demo.runtime.session(SHOWCASE_KEY)?.run?.runId, runId, 'the same run went on')
})

t.test('a stopped run finishes its step and leaves no call open', async (t) => {
  const demo = await quickTown(t)
  const file = fileOf(demo)
  await act(demo, 'stop')
  const { lastRun } = (await until(demo, (session) => session?.run === null)) ?? {}
  t.equal(lastRun?.outcome, 'done')
  t.match(entriesOf(demo.stateDir)[SHOWCASE_KEY], {
    status: 'done',
    abortedLastRun: false,
    endedAt: Number,
    runtimeMs: Number,
  })
  t.notOk(existsSync(`${file}.lock`))
  t.equal(openCalls(file), 0)
})

t.test('a killed run is aborted at once and says so in its transcript and store', async (t) => {
  const demo = await quickTown(t)
  const file = fileOf(demo)
  await until(demo, (session) => (session?.children.length ?? 0) > 0)
  await act(demo, 'kill')
  const { lastRun } = (await until(demo, (session) => session?.run === null)) ?? {}
  t.equal(lastRun?.outcome, 'killed')
  t.match(entriesOf(demo.stateDir)[SHOWCASE_KEY], { status: 'killed', abortedLastRun: true })
  t.match(linesOf(file).at(-1), { message: { role: 'assistant', stopReason: 'aborted' } })
  t.equal(openCalls(file), 0)
  t.notOk(existsSync(`${file}.lock`))
})

t.test(
  'a sub-agent is a child of its parent while it lives, and can be killed alone',
  async (t) => {
    const demo = await quickTown(t)
    const written = (key: string) => entriesOf(demo.stateDir)[key]?.status === 'running'
    const parent = await until(demo, (session) => session?.children.some(written) ?? false)
    const [child = ''] = parent?.children ?? []
    t.match(entriesOf(demo.stateDir)[child], { spawnedBy: SHOWCASE_KEY, spawnDepth: 1 })
    await act(demo, 'kill', child)
    await until(demo, (session) => session?.run === null, child)
    t.match(entriesOf(demo.stateDir)[child], { status: 'killed' })
    t.notOk(demo.runtime.session(SHOWCASE_KEY)?.children.includes(child))
    t.ok(demo.runtime.session(SHOWCASE_KEY)?.run, 'the parent lives')
  },
)

t.test('who was ended by an operator stays ended while the town goes on', async (t) => {
  const demo = await quickTown(t)
  await act(demo, 'kill')
  await until(demo, (session) => session?.run === null)
  await elsewhere(demo, 12)
  t.equal(demo.runtime.session(SHOWCASE_KEY)?.run, null)
  t.ok(Object.values(entriesOf(demo.stateDir)).some(({ status }) => status === 'running'))
})

t.test('a held session begins no turn, and one when it is resumed', async (t) => {
  const demo = await quickTown(t)
  const idle = Object.keys(entriesOf(demo.stateDir)).filter(
    (key) => demo.runtime.session(key)?.run == null && !/:(run|subagent|hook|cron):/.test(key),
  )
  const runs = () => idle.filter((key) => demo.runtime.session(key)?.run != null)
  for (const key of idle) await act(demo, 'pause', key)
  await elsewhere(demo, 8)
  t.strictSame(runs(), [])
  for (const key of idle) await act(demo, 'resume', key)
  await until(demo, () => runs().length > 0)
})

t.test('a town whose folder is gone says so, lives, and closes', async (t) => {
  const demo = await quickTown(t)
  // It is being written to: a file may appear while the others go.
  await rm(join(demo.stateDir, 'agents'), { recursive: true, maxRetries: 5 })
  await until(demo, () => demo.runtime.health().status === 'down')
  const { message } = demo.runtime.health()
  t.match(message, /cannot write its state directory \(ENOENT\)/)
  t.notOk(message.includes(demo.stateDir))
  await demo.close()
})

t.test('close ends every run in writing, and leaves a given folder', async (t) => {
  const stateDir = t.testdir()
  const demo = await startDemoGateway({ stateDir, stepMs: STEP_MS })
  await Promise.all([demo.close(), demo.close()])
  for (const [key, { sessionFile, status }] of Object.entries(entriesOf(stateDir))) {
    t.not(status, 'running', key)
    t.notOk(existsSync(`${sessionFile}.lock`), key)
  }
})

t.test('a temporary folder is removed, a folder in use refused', async (t) => {
  const demo = await startDemoGateway({ stepMs: STEP_MS })
  t.ok(existsSync(demo.stateDir))
  await demo.close()
  t.notOk(existsSync(demo.stateDir))
  const used = t.testdir({ 'openclaw.json': '{}' })
  await t.rejects(startDemoGateway({ stateDir: used }), { code: 'invalid_setting' })
})

/** Tool calls that no result answers. */
function openCalls(file: string): number {
  const open = new Set<string>()
  for (const { message } of linesOf(file)) {
    const blocks = typeof message?.content === 'string' ? [] : (message?.content ?? [])
    for (const block of blocks) {
      if (block.type === 'toolCall') open.add(String(Reflect.get(block, 'id')))
    }
    if (message?.role === 'toolResult') open.delete(String(Reflect.get(message, 'toolCallId')))
  }
  return open.size
}
