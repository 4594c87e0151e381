import t, { type Test } from 'tap'
import {
  type ConnectionOptions,
  GatewayConnection,
} from '../../../src/runtimes/openclaw-gateway/connection.js'
import { Device } from '../../../src/runtimes/openclaw-gateway/device.js'
import type { GatewayEvent } from '../../../src/runtimes/openclaw-gateway/frame.js'
import { MAX_PENDING } from '../../../src/runtimes/openclaw-gateway/pending-requests.js'
import { until } from '../../until.js'
import { FakeGateway, type FakeGatewayOptions } from './fake-gateway.js'

async function meet(
  t: Test,
  gatewayOptions: FakeGatewayOptions = {},
  options: Partial<ConnectionOptions> = {},
) {
  const gateway = await FakeGateway.start(t, gatewayOptions)
  const events: GatewayEvent[] = []
  const address = { url: gateway.url, token: 'secret' }
  const open = GatewayConnection.open({
    address,
    device: null,
    version: '1.2.3',
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { gateway, events, open }
}

t.test('introduces itself with the token and without a device', async (t) => {
  const { gateway, open } = await meet(t)
  const connection = await open
  t.match(gateway.asked[0], {
    method: 'connect',
    params: {
      minProtocol: 3,
      maxProtocol: 4,
      client: { id: 'gateway-client', mode: 'backend', version: '1.2.3' },
      scopes: ['operator.read', 'operator.write', 'operator.admin'],
      auth: { token: 'secret' },
    },
  })
  t.notOk('device' in (gateway.asked[0]?.params ?? {}))
  t.equal(connection.hello.protocol, 4)
  connection.close()
  connection.close()
  t.match(await connection.ended, { code: 'no_runtime' })
})

t.test('takes protocol 3', async (t) => {
  const { open } = await meet(t, { protocol: 3 })
  const connection = await open
  t.equal(connection.hello.protocol, 3)
  connection.close()
})

t.test('waits for a late hello, but not for ever', async (t) => {
  const patient = await meet(t, { late: true })
  await until(() => patient.gateway.asked.length === 1)
  patient.gateway.emit('tick', {})
  patient.gateway.welcome()
  const connection = await patient.open
  t.strictSame(patient.events, [], 'nothing counts before the hello')
  connection.close()
  const { open } = await meet(t, { late: true }, { helloMs: 50 })
  await t.rejects(open, { code: 'no_runtime', message: /within 50 ms/ })
})

t.test('says what to do about a refusal', async (t) => {
  const refusals = [
    ['PROTOCOL_MISMATCH', /another protocol/],
    ['AUTH_TOKEN_MISMATCH', /SESSIONS_API_GATEWAY_TOKEN/],
    ['PAIRING_REQUIRED', /devices approve/],
  ] as const
  for (const [code, words] of refusals) {
    const error = { code: 'INVALID_REQUEST', message: 'no', details: { code } }
    const { open } = await meet(t, { refuse: () => error })
    await t.rejects(open, { code: 'no_runtime', message: words, details: { gatewayReason: code } })
  }
})

t.test('an answer without a payload, in any order, and late ones', async (t) => {
  const { gateway, open } = await meet(t, {}, { requestMs: 100 })
  const connection = await open
  gateway.answers.refused = () => ({ error: { code: 'INVALID_REQUEST', message: 'bad params' } })
  gateway.answers.unknown = () => ({
    error: { code: 'INVALID_REQUEST', message: 'unknown method: x' },
  })
  gateway.answers.scope = () => ({
    error: { code: 'INVALID_REQUEST', message: 'missing scope: y' },
  })
  await t.rejects(connection.request('refused', {}), { code: 'impossible_state' })
  await t.rejects(connection.request('unknown', {}), { code: 'not_supported' })
  await t.rejects(connection.request('scope', {}), {
    code: 'no_runtime',
    message: /operator.admin/,
  })
  await t.rejects(connection.request('silent', {}), {
    code: 'no_runtime',
    message: /within 100 ms/,
  })
  const late = gateway.asked.at(-1)
  gateway.write(JSON.stringify({ type: 'res', id: late?.id, ok: true, payload: 'too late' }))
  t.match(await connection.request('sessions.list', {}), { sessions: [] })
  connection.close()
})

t.test('bounds what is on its way and how large it is', async (t) => {
  const { open } = await meet(t)
  const connection = await open
  const asked = Array.from({ length: MAX_PENDING }, () => connection.request('silent', {}))
  await t.rejects(connection.request('one.more', {}), {
    code: 'no_runtime',
    message: /256 requests/,
  })
  connection.close()
  const ends = await Promise.allSettled(asked)
  t.ok(
    ends.every(({ status }) => status === 'rejected'),
    'close ends them all',
  )
  await t.rejects(connection.request('closed', {}), { code: 'no_runtime' })
  const other = await meet(t)
  const small = await other.open
  const large = { text: 'x'.repeat(10_001) }
  await t.rejects(small.request('large', large), { code: 'payload_too_large' })
  t.match(await small.request('sessions.list', {}), { sessions: [] }, 'the next one is not hurt')
  small.close()
})

t.test('ends on what is not a frame, ignores frames it does not know', async (t) => {
  const { events, gateway, open } = await meet(t)
  const connection = await open
  gateway.write('{"type":"greeting"}')
  gateway.write('[1,2]')
  gateway.emit('tick', { ts: 1 }, 7)
  await until(() => events.length === 1)
  t.match(events, [{ event: 'tick', seq: 7 }])
  gateway.write('{"type":"event","event":"ti')
  t.match(await connection.ended, { code: 'no_runtime', message: /broke/ })
})

t.test('notices a gateway that has gone silent', async (t) => {
  const { open } = await meet(t, { tickIntervalMs: 20 })
  t.match(await (await open).ended, { message: /silent for 50 ms/ })
})

t.test('nobody there', async (t) => {
  const gateway = await FakeGateway.start(t)
  const { url } = gateway
  await gateway.close()
  const options = { address: { url }, device: null, version: '1', onEvent: () => {} }
  await t.rejects(GatewayConnection.open(options), { code: 'no_runtime', message: /start it/ })
})

t.test('signs as a device', async (t) => {
  const device = new Device(new Uint8Array(32).fill(7))
  const { gateway, open } = await meet(t, {}, { device })
  const connection = await open
  t.match(gateway.asked[0]?.params.device, { id: device.id, nonce: 'n1' })
  connection.close()
})
