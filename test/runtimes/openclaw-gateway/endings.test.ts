import t, { type Test } from 'tap'
import {
  type OpenClawGateway,
  openclawGateway,
} from '../../../src/runtimes/openclaw-gateway/index.js'
import { until } from '../../until.js'
import { FakeGateway } from './fake-gateway.js'

const KEY = 'agent:main:subagent:1'
const BY = { by: 'ann', reason: null }

async function withRun(t: Test): Promise<{ gateway: FakeGateway; runtime: OpenClawGateway }> {
  const gateway = await FakeGateway.start(t, { protocol: 3 })
  gateway.rows = [{ key: KEY, status: 'running' }]
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
  gateway.emit('agent', lifecycle('start'))
  await until(() => runtime.session(KEY)?.run?.runId === 'r1')
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
