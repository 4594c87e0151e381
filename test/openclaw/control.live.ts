import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { RuntimeSession } from '../../src/contract/runtime.js'
import { until } from '../until.js'
import { GatewayProcess } from './gateway-process.js'
import { ModelServer } from './model-server.js'
import { testedRelease } from './release.js'
import { openControlRoom } from './service.js'
import { makeSession, send } from './turn.js'

const release = testedRelease()
const model = await ModelServer.start(t)
const gateway = await GatewayProcess.start(t, release, model)
const client = await gateway.connect(t)

const runs = (state: RuntimeSession | null) => (state?.run ?? null) !== null
const idles = (state: RuntimeSession | null) => !runs(state)

/** The gateway forgets an aborted run when it has written it down. */
const nothingToAbort = (key: string) =>
  until(async () => {
    const { status } = Object(await client.request('sessions.abort', { key }))
    return status === 'no-active-run'
  }, 10_000)

async function slowTurn(t: Test, words = 'SLOW') {
  const room = await openControlRoom(t, gateway)
  const key = await makeSession(client, words.toLowerCase())
  room.know(key)
  await send(client, key, words)
  await room.shows(key, runs)
  return { ...room, key }
}

t.test('a hello of the documented protocol', async (t) => {
  t.equal(client.hello.protocol, release.protocol)
  t.equal(client.hello.server.version, release.version)
})

t.test('kill aborts a turn at once, and the gateway agrees', async (t) => {
  const { key, manager, state } = await slowTurn(t)
  await until(() => model.streaming.has('SLOW'), 60_000)
  const cutBefore = model.cut.length
  const answer = await manager.control(key, { action: 'kill' }, FULL_GRANT)
  t.equal(answer.outcome, 'killed')
  t.equal(state(key)?.run, null)
  t.equal(state(key)?.lastRun?.outcome, 'killed')
  await until(() => model.cut.length > cutBefore, 10_000)
  await nothingToAbort(key)
  const idle = await manager.control(key, { action: 'kill' }, FULL_GRANT)
  t.equal(idle.outcome, 'no_active_run')
})

/** Rows of older releases say nothing of live runs. */
if (release.protocol >= 4)
  t.test('a turn is killed in its first moments, before an event tells of it', async (t) => {
    const { know, manager, state } = await openControlRoom(t, gateway)
    const key = await makeSession(client, 'early')
    know(key)
    await send(client, key, 'SLOW')
    const answer = await manager.control(key, { action: 'kill' }, FULL_GRANT)
    t.equal(answer.outcome, 'killed')
    t.equal(state(key)?.run, null)
    await nothingToAbort(key)
    t.notOk(model.streaming.has('SLOW'), 'the model was never asked, or was cut off')
  })

t.test('kill ends the sub-agents too', async (t) => {
  const { key, know, manager, shows, state } = await slowTurn(t, 'SPAWN')
  await shows(key, (parent) => (parent?.children.length ?? 0) > 0)
  const [child = ''] = state(key)?.children ?? []
  know(child)
  await shows(child, runs)
  const answer = await manager.kill(key, FULL_GRANT)
  t.ok(answer.killed)
  t.ok(answer.killedSessions.includes(child), 'the sub-agent is named')
  t.equal(state(child)?.run, null)
  t.strictSame(state(key)?.children, [])
  await nothingToAbort(child)
  await until(() => !model.streaming.has('SLOW'), 10_000)
})

t.test('stop lets the tool call end and aborts before the next step', async (t) => {
  const { key, manager, shows, state } = await slowTurn(t, 'TOOL')
  const answer = await manager.control(key, { action: 'stop' }, FULL_GRANT)
  t.match(answer.outcome, /^stopp(ing|ed)$/)
  await shows(key, idles)
  t.match(state(key)?.lastRun, { outcome: 'killed', stopped: true }, 'no slow answer followed')
  const { messages } = Object(await client.request('chat.history', { sessionKey: key }))
  t.match(JSON.stringify(messages), /done/, 'the tool call was not cut off')
})

t.test('pause holds a session after its turn; resume restores its policy', async (t) => {
  const { key, manager, shows, state } = await slowTurn(t, 'TOOL')
  const pausing = await manager.control(key, { action: 'pause', reason: 'lunch' }, FULL_GRANT)
  t.equal(pausing.outcome, 'pausing', 'the turn goes on to its end')
  t.match(state(key), { run: { phase: 'pausing' }, hold: { reason: 'lunch' } })
  await shows(key, (held) => idles(held) && (held?.hold ?? null) !== null)
  await t.rejects(send(client, key, 'QUICK'), /blocked by session policy/)
  const already = await manager.control(key, { action: 'pause' }, FULL_GRANT)
  t.equal(already.outcome, 'already')
  const resumed = await manager.control(key, { action: 'resume' }, FULL_GRANT)
  t.equal(resumed.outcome, 'resumed')
  t.equal(state(key)?.hold ?? null, null)
  await send(client, key, 'QUICK')
})

t.test('an idle session is held at once, and stays held for the next process', async (t) => {
  const directory = t.testdir()
  const before = await openControlRoom(t, gateway, directory)
  const key = await makeSession(client, 'idle')
  before.know(key)
  await client.request('sessions.patch', { key, sendPolicy: 'allow' })
  const answer = await before.manager.control(key, { action: 'pause' }, FULL_GRANT)
  t.equal(answer.outcome, 'paused')
  await before.close()
  const after = await openControlRoom(t, gateway, directory)
  after.know(key)
  await after.shows(key, (held) => (held?.hold ?? null) !== null)
  await t.rejects(send(client, key, 'QUICK'), /blocked by session policy/)
  const resumed = await after.manager.control(key, { action: 'resume' }, FULL_GRANT)
  t.equal(resumed.outcome, 'resumed')
  const { sessions } = Object(await client.request('sessions.list', { search: key }))
  t.equal(sessions[0].sendPolicy, 'allow', 'the policy it had before')
})

t.test('steer, reset and delete', async (t) => {
  const { key, runtime, shows, state } = await slowTurn(t)
  const first = state(key)?.run?.runId
  await runtime.editor.steer(key, 'please QUICK')
  await shows(key, (steered) => idles(steered) && steered?.lastRun !== null)
  t.ok(first)
  await runtime.editor.reset(key)
  t.ok(await runtime.editor.delete(key))
  t.notOk(await runtime.editor.delete(key), 'there is nothing left to delete')
})

t.test('a gateway that dies takes control with it, and brings it back', async (t) => {
  const { key, manager, runtime } = await slowTurn(t)
  await gateway.kill()
  await until(() => runtime.health().status === 'down', 10_000)
  t.equal(runtime.session(key)?.run ?? null, null, 'nothing is said to run')
  await t.rejects(manager.control(key, { action: 'kill' }, FULL_GRANT), {
    code: 'no_runtime',
    message: /start it|tried again/,
  })
  await gateway.start()
  await until(() => runtime.health().status === 'ok', 60_000)
  const again = await gateway.connect(t)
  const fresh = await makeSession(again, 'fresh')
  await send(again, fresh, 'SLOW')
  await until(() => runs(runtime.session(fresh)), 60_000)
  await runtime.act(fresh, 'kill', { by: 'test', reason: null })
  await until(() => idles(runtime.session(fresh)), 10_000)
})
