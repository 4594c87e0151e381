import t, { type Test } from 'tap'
import {
  type OpenClawGateway,
  openclawGateway,
} from '../../../src/runtimes/openclaw-gateway/index.js'
import { until } from '../../until.js'
import { FakeGateway } from './fake-gateway.js'

const KEY = 'agent:main:subagent:1'
const BY = { by: 'ann', reason: null }

async function withRun(t: Test) {
  const { gateway, runtime } = await connected(t, { protocol: 3 })
  gateway.rows = [{ key: KEY, status: 'running' }]
  gateway.emit('agent', lifecycle('start'))
  await until(() => runtime.session(KEY)?.run?.runId === 'r1')
  return { gateway, runtime }
}

async function connected(
  t: Test,
  options: { readonly protocol: number },
): Promise<{ gateway: FakeGateway; runtime: OpenClawGateway }> {
  const gateway = await FakeGateway.start(t, options)
  const { url } = gateway
  const runtime = openclawGateway({
    address: async () => ({ url }),
    deviceSeed: async () => new Uint8Array(32),
    holds: { load: async () => [], save: async () => {} },
    version: '1.2.3',
    requestMs: 1000,
  })
  t.teardown(() => runtime.close())
  await until(() => runtime.health().status === 'ok')
  return { gateway, runtime }
}

const lifecycle = (phase: string, more: object = {}) => ({
  sessionKey: KEY,
  runId: 'r1',
  stream: 'lifecycle',
  data: { phase, ...more },
})

t.test('a live run that an abort does not find is interrupted without another turn', async (t) => {
  const { gateway, runtime } = await withRun(t)
  gateway.answers['sessions.abort'] = () => ({ ok: true, status: 'no-active-run' })
  gateway.answers['sessions.steer'] = () => {
    gateway.emit('agent', lifecycle('end', { aborted: true }))
    return { ok: true, aborted: false }
  }
  await runtime.act(KEY, 'kill', BY)
  await until(() => runtime.session(KEY)?.run === null)
  t.equal(runtime.session(KEY)?.lastRun?.outcome, 'killed')
  const steer = gateway.asked.find(({ method }) => method === 'sessions.steer')
  t.match(steer?.params, { key: KEY, message: '/stop' })
})

t.test('an aborted run whose end is never told of is over when the gateway says so', async (t) => {
  const { gateway, runtime } = await withRun(t)
  gateway.answers['sessions.abort'] = () => ({ ok: true, status: 'aborted' })
  gateway.answers['sessions.steer'] = () => ({ ok: true, aborted: false })
  await runtime.act(KEY, 'kill', BY)
  t.match(runtime.session(KEY), { run: null, lastRun: { runId: 'r1', outcome: 'killed' } })
})

t.test('a run that the gateway cannot interrupt goes on', async (t) => {
  const { gateway, runtime } = await withRun(t)
  gateway.answers['sessions.abort'] = () => ({ ok: true, status: 'no-active-run' })
  gateway.answers['sessions.steer'] = () => ({
    error: { code: 'UNAVAILABLE', message: 'Session is still active; try again in a moment.' },
  })
  await t.rejects(runtime.act(KEY, 'kill', BY), { code: 'no_runtime', message: /still active/ })
  t.equal(runtime.session(KEY)?.run?.runId, 'r1')
})

t.test('a run that only a row tells of may begin late: its abort is tried again', async (t) => {
  const { gateway, runtime } = await connected(t, { protocol: 4 })
  gateway.rows = [{ key: KEY, hasActiveRun: true }]
  t.equal(runtime.session(KEY), null, 'no event has told')
  await runtime.look(KEY)
  const { runId } = runtime.session(KEY)?.run ?? {}
  t.type(runId, 'string')
  let aborts = 0
  gateway.answers['sessions.abort'] = () => {
    aborts += 1
    if (aborts < 3) return { ok: true, status: 'no-active-run' }
    gateway.rows = [{ key: KEY, hasActiveRun: false, status: 'failed' }]
    return { ok: true, status: 'aborted' }
  }
  await runtime.act(KEY, 'kill', BY)
  t.equal(aborts, 3)
  t.equal(runtime.session(KEY)?.run ?? null, null)
  t.notOk(gateway.methods().includes('sessions.steer'))
})

t.test(
  'looks that come together are one list, and rows that tell nothing are not asked for',
  async (t) => {
    const { gateway, runtime } = await connected(t, { protocol: 4 })
    const lists = () => gateway.methods().filter((method) => method === 'sessions.list').length
    const before = lists()
    const keys = Array.from({ length: 50 }, (_, n) => `agent:main:${n}`)
    gateway.rows = keys.map((key) => ({ key, hasActiveRun: true }))
    await Promise.all(keys.map((key) => runtime.look(key)))
    t.ok(keys.every((key) => (runtime.session(key)?.run ?? null) !== null))
    t.ok(lists() - before <= 2, `${lists() - before} lists`)
    const old = await connected(t, { protocol: 3 })
    const asked = old.gateway.asked.length
    await old.runtime.look(KEY)
    t.equal(old.gateway.asked.length, asked)
  },
)

t.test('nothing is interrupted where the abort did it, or where nothing ran', async (t) => {
  const { gateway, runtime } = await withRun(t)
  gateway.answers['sessions.abort'] = () => {
    gateway.emit('agent', lifecycle('end', { aborted: true }))
    return { ok: true, status: 'aborted' }
  }
  await runtime.act(KEY, 'kill', BY)
  await until(() => runtime.session(KEY)?.run === null)
  gateway.answers['sessions.abort'] = () => ({ ok: true, status: 'no-active-run' })
  await runtime.act(KEY, 'kill', BY)
  t.notOk(gateway.methods().includes('sessions.steer'))
})

t.test(
  'a run that was ended after its step is stopped, one that was killed before is not',
  async (t) => {
    const { gateway, runtime } = await withRun(t)
    const tool = (phase: string) => ({
      ...lifecycle(phase, { toolCallId: 'c1' }),
      stream: 'tool',
    })
    gateway.answers['sessions.abort'] = () => {
      gateway.emit('agent', lifecycle('end', { aborted: true }))
      return { ok: true, status: 'aborted' }
    }
    gateway.emit('agent', tool('start'))
    await runtime.act(KEY, 'stop', BY)
    t.equal(runtime.session(KEY)?.run?.phase, 'stopping')
    gateway.emit('agent', tool('result'))
    await until(() => runtime.session(KEY)?.run === null)
    t.match(runtime.session(KEY)?.lastRun, { outcome: 'killed', stopped: true })
  },
)

t.test('a kill of a run that was asked to stop is a kill', async (t) => {
  const { gateway, runtime } = await withRun(t)
  gateway.answers['sessions.abort'] = () => {
    gateway.emit('agent', lifecycle('end', { aborted: true }))
    return { ok: true, status: 'aborted' }
  }
  await runtime.act(KEY, 'stop', BY)
  await runtime.act(KEY, 'kill', BY)
  await until(() => runtime.session(KEY)?.run === null)
  t.equal(runtime.session(KEY)?.lastRun?.stopped, undefined)
})
