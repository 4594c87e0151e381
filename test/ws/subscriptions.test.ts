import t from 'tap'
import { line, MAIN, startService, transcript, WORK } from '../http/service.js'
import { until } from '../until.js'
import { subscribeBoth } from './both.js'
import { Client } from './client.js'
import { held } from './held.js'

const GONE = 'agent:main:dashboard:gone'

t.test('a message comes with its row, the row with its phase', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  t.same(await client.ask('sessions.subscribe'), { subscribed: true })
  t.same(await client.ask('sessions.messages.subscribe', { key: 'MAIN' }), {
    subscribed: true,
    key: MAIN,
  })
  service.store.append(MAIN, line(4, 'Done.'))
  const said = await client.event('session.message')
  t.match(said, {
    sessionKey: MAIN,
    messageId: 'm4',
    messageSeq: 4,
    message: { role: 'assistant', content: [{ text: 'Done.' }], __openclaw: { id: 'm4', seq: 4 } },
    session: { key: MAIN, kind: 'direct' },
    kind: 'direct',
    sessionId: 'session-main',
  })
  const changed = await client.event('sessions.changed', ({ phase }) => phase === 'message')
  t.match(changed, { sessionKey: MAIN, ts: Number, session: { key: MAIN }, kind: 'direct' })
})

t.test('both shapes of a change, and a deletion that says nothing more', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await client.ask('sessions.subscribe')
  service.store.put({ key: GONE, sessionId: 'gone', label: 'x' }, transcript('gone', ['hello']))
  const created = await client.event('sessions.changed', ({ reason }) => reason === 'create')
  t.match(created, { sessionKey: GONE, key: GONE, label: 'x', session: undefined })
  service.store.remove(GONE)
  const deleted = await client.event('sessions.changed', ({ reason }) => reason === 'delete')
  t.same(Object.keys(deleted).sort(), ['reason', 'sessionKey', 'ts'])
})

t.test('messages of one session only, and none after leaving', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await client.ask('sessions.messages.subscribe', { key: MAIN })
  service.store.append(WORK, line(4, 'elsewhere'))
  service.store.append(MAIN, line(4, 'here'))
  await client.event('session.message', ({ messageId }) => messageId === 'm4')
  t.notOk(
    client.events.some(({ event }) => event === 'sessions.changed'),
    'no rows',
  )
  t.same(await client.ask('sessions.messages.unsubscribe', { key: MAIN }), {
    subscribed: false,
    key: MAIN,
  })
  await client.ask('sessions.messages.subscribe', { key: WORK })
  service.store.append(MAIN, line(5, 'not heard'))
  service.store.append(WORK, line(5, 'heard'))
  await client.event('session.message', ({ sessionKey }) => sessionKey === WORK)
  t.same(
    client.events
      .filter(({ event }) => event === 'session.message')
      .map(({ payload }) => (payload as { sessionKey: string }).sessionKey),
    [MAIN, WORK],
  )
})

t.test('a session that comes later is followed from its first message', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  const key = 'agent:main:later'
  t.same(await client.ask('sessions.messages.subscribe', { key }), { subscribed: true, key })
  service.store.put({ key, sessionId: 'later' }, transcript('later', []))
  await until(async () => (await client.ask('sessions.describe', { key })).session !== null)
  service.store.append(key, line(1, 'first'))
  t.match(await client.event('session.message'), { sessionKey: key, messageId: 'm1' })
})

t.test('one subscription brings messages and tool calls of every session', async (t) => {
  const service = await startService(t, {
    tokens: [
      { name: 'worker', scopes: ['operator.read'], agents: ['work'] },
      { name: 'blind', scopes: ['operator.read'], redact: 'all' },
    ],
  })
  const subscribe = async (who: string) => {
    const client = await Client.dial(t, `${service.url}/ws`)
    const { features } = await client.connect(service.tokens[who])
    t.ok(features.events.includes('session.tool'))
    await client.ask('sessions.subscribe')
    return client
  }
  const reader = await subscribe('reader')
  const worker = await subscribe('worker')
  const blind = await subscribe('blind')
  const named = await Client.dial(t, `${service.url}/ws`)
  await named.connect(service.tokens.reader)
  await named.ask('sessions.messages.subscribe', { key: WORK })
  for (const key of [MAIN, WORK]) service.store.put({ key, updatedAtMs: Date.now() })
  service.store.append(MAIN, line(4, 'of the main agent'))
  for (const text of toolLines(4)) service.store.append(WORK, text)

  const said = await reader.event('session.message', ({ sessionKey }) => sessionKey === MAIN)
  t.match(said, { messageId: 'm4', messageSeq: 4, session: { key: MAIN }, agentId: 'main' })
  const called = await reader.event('session.tool', ({ data }) => data.phase === 'start')
  t.match(called, {
    sessionKey: WORK,
    stream: 'tool',
    data: {
      phase: 'start',
      name: 'exec',
      toolCallId: 'call1',
      args: { command: 'secret command' },
    },
    session: { key: WORK },
    seq: 4,
  })
  const answered = await reader.event('session.tool', ({ data }) => data.phase === 'result')
  t.match(answered.data, { phase: 'result', name: 'exec', toolCallId: 'call1', isError: true })
  t.notMatch(JSON.stringify(answered), /secret answer/, 'what a tool answered is not in there')

  await worker.event('session.tool', ({ data }) => data.phase === 'result')
  t.notMatch(JSON.stringify(worker.events), /agent:main|of the main agent/)
  t.match((await blind.event('session.tool', ({ data }) => data.phase === 'start')).data, {
    name: '[redacted]',
    args: '[redacted]',
  })
  t.notMatch(JSON.stringify(blind.events), /secret|exec/)
  await named.event('session.message', ({ messageId }) => messageId === 'm5')
  t.same(
    named.events.filter(({ event }) => event === 'session.tool'),
    [],
    'who named a session gets its messages only',
  )
})

t.test('what a grant does not see is not told', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'worker', scopes: ['operator.read'], agents: ['work'], redact: 'text' }],
  })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.worker)
  await client.ask('sessions.subscribe')
  await client.ask('sessions.messages.subscribe', { key: MAIN })
  await client.ask('sessions.messages.subscribe', { key: WORK })
  service.store.append(MAIN, line(4, 'secret'))
  service.store.append(WORK, line(4, 'hidden words'))
  t.match(await client.event('session.message'), {
    sessionKey: WORK,
    message: { content: [{ text: '[redacted]' }] },
  })
  t.notMatch(JSON.stringify(client.events), /secret|hidden words|agent:main/)
})

t.test('the same events in the same order over both surfaces', async (t) => {
  const service = await startService(t)
  const { client, overSse, overWs } = await subscribeBoth(
    t,
    service.url,
    service.tokens.admin ?? '',
  )
  // As a gateway does when a turn begins.
  service.store.put({ key: WORK, updatedAtMs: Date.now() })
  const run = service.runs.start({ sessionKey: MAIN })
  run.signal.addEventListener('abort', () => run.end())
  await client.event('sessions.changed', ({ phase }) => phase === 'start')
  for (const seq of [4, 5, 6]) {
    service.store.append(MAIN, line(seq, `step ${seq}`))
    service.store.append(WORK, line(seq, `other ${seq}`))
  }
  t.match(await client.ask('sessions.kill', { key: MAIN }), { outcome: 'killed' })
  const at = new Date().toISOString()
  const compaction = { type: 'compaction', id: 'c1', parentId: 'm6', timestamp: at, summary: 's' }
  service.store.append(WORK, `${JSON.stringify({ ...compaction, tokensBefore: 9 })}\n`)
  service.store.put({ key: GONE, sessionId: 'gone' }, transcript('gone', ['x']))
  await client.event('sessions.changed', ({ sessionKey }) => sessionKey === GONE)
  service.store.remove(GONE)
  await client.event('sessions.changed', ({ reason }) => reason === 'delete')
  await client.event('session.message', ({ messageId }) => messageId === 'c1')
  await until(() => overSse().length >= overWs().length && overWs().length >= overSse().length)
  t.same(overWs(), overSse())
  const told = overWs().map(([key, what]) => `${key} ${what}`)
  for (const wanted of [`${MAIN} said m6`, `${WORK} said c1`, `${GONE} delete`, `${MAIN} start`])
    t.ok(told.includes(wanted), wanted)
})

t.test('counters are back at nothing when clients are gone', async (t) => {
  const service = await startService(t)
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => Client.dial(t, `${service.url}/ws`)),
  )
  for (const client of clients) {
    await client.connect(service.tokens.reader)
    await client.ask('sessions.subscribe')
    await client.ask('sessions.messages.subscribe', { key: MAIN })
  }
  t.same(await held(service), [20, 40, 20])
  for (const [at, client] of clients.entries())
    at % 2 === 0 ? client.close() : client.socket.terminate()
  await Promise.all(clients.map(({ closed }) => closed))
  await until(async () => (await held(service)).every((count) => count === 0))
  t.pass('no connection and no subscription is left')
})

/** A tool call and its answer. */
function toolLines(seq: number): string[] {
  const call = {
    type: 'toolCall',
    id: 'call1',
    name: 'exec',
    arguments: { command: 'secret command' },
  }
  const text = [{ type: 'text', text: 'secret answer' }]
  const answer = { role: 'toolResult', toolCallId: 'call1', toolName: 'exec', isError: true }
  return [
    { role: 'assistant', content: [call] },
    { ...answer, content: text },
  ].map((message, at) => {
    const [id, parentId] = [`m${seq + at}`, `m${seq + at - 1}`]
    const timestamp = new Date().toISOString()
    return `${JSON.stringify({ type: 'message', id, parentId, timestamp, message })}\n`
  })
}
