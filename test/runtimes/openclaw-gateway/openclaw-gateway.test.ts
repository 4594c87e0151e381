import t, { type Test } from 'tap'
import type { PolicyHold } from '../../../src/contract/state.js'
import {
  type OpenClawGateway,
  openclawGateway,
} from '../../../src/runtimes/openclaw-gateway/index.js'
import { until } from '../../until.js'
import { FakeGateway, type FakeGatewayOptions } from './fake-gateway.js'

const KEY = 'agent:main:main'
const BY = { by: 'ann', reason: null }

/** Holds that outlive a runtime. */
function records(holds: PolicyHold[] = []) {
  return {
    load: async () => holds,
    save: async (now: readonly PolicyHold[]) => {
      holds.splice(0, holds.length, ...now)
    },
    holds,
  }
}

function connect(t: Test, gateway: FakeGateway, holds = records()): OpenClawGateway {
  const { url } = gateway
  const runtime = openclawGateway({
    address: async () => ({ url }),
    deviceSeed: async () => new Uint8Array(32),
    holds,
    version: '1.2.3',
    requestMs: 1000,
  })
  t.teardown(() => runtime.close())
  return runtime
}

async function opened(t: Test, options: FakeGatewayOptions = {}, rows: object[] = []) {
  const gateway = await FakeGateway.start(t, options)
  gateway.rows = rows
  const runtime = connect(t, gateway)
  await until(() => runtime.health().status === 'ok')
  return { gateway, runtime }
}

const lifecycle = (runId: string, phase: string, more: object = {}) => ({
  sessionKey: KEY,
  runId,
  stream: 'lifecycle',
  data: { phase, ...more },
  ts: 1_795_234_180_956,
})

t.test('runs as the gateway tells of them', async (t) => {
  const { gateway, runtime } = await opened(t)
  t.match(runtime.health().message, /protocol 4.*hold/)
  t.equal(runtime.session(KEY), null)
  gateway.emit('agent', lifecycle('r1', 'start', { startedAt: 1_795_234_180_000 }))
  await until(() => runtime.session(KEY)?.run !== undefined)
  t.match(runtime.session(KEY)?.run, {
    runId: 'r1',
    phase: 'running',
    startedAtMs: 1_795_234_180_000,
  })
  gateway.emit('agent', lifecycle('r1', 'end'))
  gateway.emit('agent', lifecycle('r1', 'model'))
  gateway.emit('agent', lifecycle('r2', 'start'))
  gateway.emit('agent', lifecycle('r2', 'error'))
  await until(() => runtime.session(KEY)?.lastRun?.runId === 'r2')
  t.match(runtime.session(KEY), { run: null, lastRun: { outcome: 'failed' } })
})

t.test('a stored status is not a run; a claim of the gateway is', async (t) => {
  const ghost = { key: 'agent:main:ghost', status: 'running' }
  const live = { key: KEY, status: 'running', hasActiveRun: true, startedAt: 5 }
  const child = { key: 'agent:main:subagent:1', hasActiveSubagentRun: true, spawnedBy: KEY }
  const { gateway, runtime } = await opened(t, {}, [ghost, live, child])
  t.equal(runtime.session(ghost.key), null)
  const { run, children } = runtime.session(KEY) ?? {}
  t.match(run, { phase: 'running', startedAtMs: 5 })
  t.strictSame(children, [child.key])
  gateway.emit('chat', { sessionKey: KEY, runId: 'real', state: 'delta' })
  gateway.emit('sessions.changed', {
    sessionKey: KEY,
    reason: 'x',
    status: 'running',
    hasActiveRun: false,
  })
  gateway.emit('chat', { sessionKey: child.key, runId: 'c1', state: 'aborted' })
  await until(() => runtime.session(child.key)?.run === null)
  t.equal(runtime.session(KEY)?.run?.runId, run?.runId, 'the same run under the name it had')
  gateway.emit('chat', { sessionKey: KEY, runId: 'real', state: 'final' })
  await until(() => runtime.session(KEY)?.run === null)
})

t.test('protocol 3: one list without pages, runs from events', async (t) => {
  const { gateway, runtime } = await opened(t, { protocol: 3 }, [{ key: KEY, status: 'running' }])
  t.equal(runtime.session(KEY), null)
  t.notOk('limit' in (gateway.asked.find(({ method }) => method === 'sessions.list')?.params ?? {}))
  gateway.emit('agent', { sessionKey: KEY, runId: 'r1', stream: 'assistant', data: { text: 'hi' } })
  await until(() => runtime.session(KEY)?.run?.runId === 'r1')
})

t.test('reads every page', async (t) => {
  const gateway = await FakeGateway.start(t)
  gateway.answers['sessions.list'] = ({ params }) =>
    params.offset === 1000
      ? { sessions: [{ key: KEY, hasActiveRun: true }], nextOffset: null }
      : { sessions: [], nextOffset: 1000 }
  const runtime = connect(t, gateway)
  await until(() => runtime.session(KEY) !== null)
})

t.test('one list at a time, however many ask', async (t) => {
  const { gateway, runtime } = await opened(t, {}, [{ key: KEY }])
  gateway.answers['sessions.abort'] = () => ({ ok: true, status: 'no-active-run' })
  for (let seq = 1; seq < 40; seq += 2) gateway.emit('tick', {}, seq)
  await Promise.all(Array.from({ length: 20 }, () => runtime.act(KEY, 'kill', BY)))
  for (let look = 0; look < 1000; look++) runtime.session(KEY)
  t.equal(gateway.mostLists, 1)
  const lists = () => gateway.methods().filter((method) => method === 'sessions.list').length
  await until(() => lists() === 22)
  t.equal(lists(), 22, 'the first, one a kill, and one for all the gaps together')
})

t.test('aborts with queued turns where the release can', async (t) => {
  const { gateway, runtime } = await opened(t)
  const message = "invalid sessions.abort params: at root: unexpected property 'clearQueued'"
  gateway.answers['sessions.abort'] = ({ params }) =>
    'clearQueued' in params
      ? { error: { code: 'INVALID_REQUEST', message } }
      : { ok: true, abortedRunId: null, status: 'no-active-run' }
  await runtime.act(KEY, 'kill', BY)
  await runtime.act(KEY, 'kill', BY)
  const aborts = gateway.asked.filter(({ method }) => method === 'sessions.abort')
  t.strictSame(
    aborts.map(({ params }) => params),
    [{ key: KEY, clearQueued: true }, { key: KEY }, { key: KEY }],
  )
})

t.test('stop waits for all tool calls under way', async (t) => {
  const { gateway, runtime } = await opened(t)
  gateway.answers['sessions.abort'] = () => ({ ok: true })
  const tool = (toolCallId: string, phase: string) =>
    gateway.emit('session.tool', {
      sessionKey: KEY,
      runId: 'r1',
      stream: 'tool',
      data: { phase, toolCallId },
    })
  gateway.emit('agent', lifecycle('r1', 'start'))
  tool('a', 'start')
  tool('b', 'start')
  await until(() => runtime.session(KEY) !== null)
  await runtime.act(KEY, 'stop', BY)
  t.equal(runtime.session(KEY)?.run?.phase, 'stopping')
  tool('a', 'result')
  gateway.emit('agent', lifecycle('r2', 'start'))
  await until(() => gateway.asked.length > 0 && runtime.session(KEY)?.run !== null)
  t.notOk(gateway.methods().includes('sessions.abort'))
  tool('b', 'result')
  await until(() => gateway.methods().includes('sessions.abort'))
})

t.test('the announcement of a killed tree is no new turn', async (t) => {
  const { gateway, runtime } = await opened(t)
  const child = 'agent:main:subagent:1'
  gateway.answers['sessions.abort'] = ({ params: { key: sessionKey, runId = 'c1' } }) => {
    const data = { phase: 'end', aborted: true }
    gateway.emit('agent', { sessionKey, runId, stream: 'lifecycle', data })
    return { ok: true }
  }
  gateway.emit('agent', {
    sessionKey: child,
    runId: 'c1',
    stream: 'lifecycle',
    data: { phase: 'start' },
    spawnedBy: KEY,
  })
  await until(() => runtime.session(KEY)?.children.length === 1)
  await runtime.act(child, 'kill', { ...BY, root: KEY })
  const announced = `announce:v1:${child}:c1`
  gateway.emit('agent', lifecycle(announced, 'start'))
  await until(() => gateway.asked.some(({ params }) => params.runId === announced))
})

t.test('holds: earlier policy kept over restarts, lifted ones forgotten', async (t) => {
  const gateway = await FakeGateway.start(t)
  const row: { key: string; sendPolicy?: string; hasActiveRun?: boolean } = {
    key: KEY,
    sendPolicy: 'allow',
  }
  gateway.rows = [row]
  gateway.answers['sessions.patch'] = ({ params }) => {
    row.sendPolicy = String(params.sendPolicy)
    return { ok: true }
  }
  const kept = records()
  const first = connect(t, gateway, kept)
  await until(() => first.health().status === 'ok')
  await first.act(KEY, 'pause', { by: 'ann', reason: 'lunch' })
  t.match(first.session(KEY), { run: null, hold: { by: 'ann', reason: 'lunch' } })
  t.equal(row.sendPolicy, 'deny')
  await t.rejects(first.act('agent:main:none', 'pause', BY), { code: 'impossible_state' })
  await first.close()
  const second = connect(t, gateway, kept)
  await until(() => second.health().status === 'ok')
  t.match(second.session(KEY), { hold: { by: 'ann' } })
  await second.act(KEY, 'resume', BY)
  t.equal(row.sendPolicy, 'allow')
  t.equal(second.session(KEY), null)
  await second.act(KEY, 'pause', BY)
  gateway.emit('sessions.changed', { sessionKey: KEY, reason: 'patch', sendPolicy: 'allow' })
  await until(() => second.session(KEY) === null)
  t.strictSame(kept.holds, [])
})

t.test('a pause during a turn holds when it has ended, also after a restart', async (t) => {
  const gateway = await FakeGateway.start(t)
  const row = { key: KEY, hasActiveRun: true }
  gateway.rows = [row]
  gateway.answers['sessions.patch'] = () => ({ ok: true })
  const kept = records()
  const first = connect(t, gateway, kept)
  await until(() => first.session(KEY) !== null)
  await first.act(KEY, 'pause', BY)
  t.match(first.session(KEY), { run: { phase: 'pausing' }, hold: { by: 'ann' } })
  t.notOk(gateway.methods().includes('sessions.patch'))
  await first.close()
  row.hasActiveRun = false
  const second = connect(t, gateway, kept)
  await until(() => (second.session(KEY)?.hold ?? null) !== null)
  t.match(gateway.asked.at(-1), {
    method: 'sessions.patch',
    params: { key: KEY, sendPolicy: 'deny' },
  })
})

t.test('a device where the gateway asks for one', async (t) => {
  const error = { code: 'NOT_PAIRED', message: 'no', details: { code: 'DEVICE_IDENTITY_REQUIRED' } }
  const refuse = (params: object) => ('device' in params ? null : error)
  const { gateway } = await opened(t, { refuse })
  t.strictSame(
    gateway.asked.slice(0, 2).map(({ params }) => 'device' in params),
    [false, true],
  )
})

t.test('down with the remedy, and back without a restart', async (t) => {
  const { gateway, runtime } = await opened(t, {}, [{ key: KEY, hasActiveRun: true }])
  const changed: string[] = []
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const heard = (async () => {
    for await (const key of runtime.changes(abort.signal)) changed.push(key)
  })()
  const { port } = gateway
  await gateway.close()
  await until(() => runtime.health().status === 'down')
  t.equal(runtime.session(KEY), null, 'nothing is known to run')
  await until(() => /start it/.test(runtime.health().message))
  await t.rejects(runtime.act(KEY, 'kill', BY), { code: 'no_runtime', message: /start it/ })
  const back = await FakeGateway.start(t, { port })
  back.answers['sessions.abort'] = () => ({ ok: true })
  await until(() => runtime.health().status === 'ok')
  await runtime.act(KEY, 'kill', BY)
  t.ok(changed.includes(KEY))
  await runtime.close()
  await runtime.close()
  await heard
})
