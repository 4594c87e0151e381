import t, { type Test } from 'tap'
import type { NewToken } from '../../src/auth/index.js'
import { MAIN, type Service, startService, transcript, WORK } from '../http/service.js'
import { Client } from './client.js'

async function connected(
  t: Test,
  name = 'admin',
  tokens: readonly NewToken[] = [],
): Promise<{ service: Service; client: Client }> {
  const service = await startService(t, { tokens })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens[name])
  return { service, client }
}

const GROUP = 'agent:main:discord:group:123456789'
/** Later than all messages here: a session was updated when its newest one came, or later. */
const UPDATED_MS = Date.parse('2026-11-21T06:00:00.000Z')

t.test('sessions.list answers with OpenClaw rows', async (t) => {
  const { service, client } = await connected(t)
  service.store.put(
    {
      key: GROUP,
      sessionId: 'session-group',
      channel: 'discord',
      label: 'team',
      updatedAtMs: UPDATED_MS,
    },
    transcript('session-group', ['Who is on call?', 'Ada is.']),
  )
  const list = await client.ask('sessions.list')
  t.match(list, {
    path: '(multiple)',
    count: 3,
    totalCount: 3,
    limitApplied: 100,
    offset: 0,
    nextOffset: null,
    hasMore: false,
    defaults: { modelProvider: null, model: null, contextTokens: null },
  })
  const row = list.sessions.find(({ key }: { key: string }) => key === GROUP)
  t.match(row, {
    kind: 'group',
    label: 'team',
    displayName: 'discord:g-123456789',
    channel: 'discord',
    updatedAt: UPDATED_MS,
    sessionId: 'session-group',
    agentId: 'main',
    hasActiveRun: false,
    totalTokensFresh: false,
  })
  t.notOk('derivedTitle' in row || 'lastMessagePreview' in row, 'texts on request only')
  t.notOk(Object.values(row).includes(null), 'what is not known is absent')
  const titled = await client.ask('sessions.list', {
    includeDerivedTitles: true,
    includeLastMessage: true,
    agentId: 'work',
  })
  t.match(titled.sessions, [
    {
      key: WORK,
      kind: 'direct',
      derivedTitle: 'How far are we?',
      lastMessagePreview: 'Go on then.',
    },
  ])
})

t.test('sessions.list pages by offset', async (t) => {
  const { service, client } = await connected(t)
  for (let n = 0; n < 5; n += 1)
    service.store.put({ key: `agent:main:dashboard:${n}`, sessionId: `d${n}`, updatedAtMs: n + 1 })
  await t.resolves(client.ask('sessions.describe', { key: 'agent:main:dashboard:4' }))
  const pages = []
  let offset: number | null = 0
  while (offset !== null) {
    // biome-ignore lint/suspicious/noExplicitAny: the payload of an answer
    const page: any = await client.ask('sessions.list', { limit: 3, offset })
    t.equal(page.totalCount, 7)
    pages.push(...page.sessions.map(({ key }: { key: string }) => key))
    offset = page.nextOffset
  }
  t.equal(new Set(pages).size, 7)
  t.equal(pages.at(-1), 'agent:main:dashboard:0', 'newest first')
})

t.test('bad parameters are named in the words of OpenClaw', async (t) => {
  const { client } = await connected(t)
  for (const [method, params, message] of [
    ['sessions.list', { limit: 0 }, 'invalid sessions.list params: at /limit: must be >= 1'],
    ['sessions.list', { limit: 2.5 }, 'invalid sessions.list params: at /limit: must be integer'],
    [
      'sessions.list',
      { bogus: 1 },
      "invalid sessions.list params: at root: unexpected property 'bogus'",
    ],
    [
      'sessions.list',
      { label: 'x'.repeat(501) },
      'invalid sessions.list params: at /label: must NOT have more than 500 characters',
    ],
    [
      'sessions.list',
      { activeMinutes: 5_256_001 },
      'invalid sessions.list params: at /activeMinutes: must be from 1 to 5256000',
    ],
    ['sessions.list', [], 'invalid sessions.list params: must be object'],
    [
      'sessions.describe',
      {},
      "invalid sessions.describe params: must have required property 'key'",
    ],
    [
      'sessions.preview',
      { keys: [] },
      'invalid sessions.preview params: at /keys: must NOT have fewer than 1 items',
    ],
    [
      'sessions.preview',
      { keys: [1] },
      'invalid sessions.preview params: at /keys/0: must be string',
    ],
    [
      'chat.history',
      { sessionKey: 'main', limit: 1001 },
      'invalid chat.history params: at /limit: must be <= 1000',
    ],
    ['sessions.abort', {}, 'key required'],
    [
      'sessions.resolve',
      { key: 'a', label: 'b' },
      'Provide exactly one of key, sessionId or label.',
    ],
    ['sessions.resolve', { key: 'nobody' }, 'No session found: nobody'],
  ] as const)
    t.match(await client.fail(method, params), { code: 'INVALID_REQUEST', message }, message)
})

t.test('sessions.describe, resolve, get and preview', async (t) => {
  const { client } = await connected(t)
  t.match(await client.ask('sessions.describe', { key: 'MAIN' }), { session: { key: MAIN } })
  t.same(await client.ask('sessions.describe', { key: 'nobody' }), { session: null })
  t.same(await client.ask('sessions.resolve', { sessionId: 'session-work' }), {
    ok: true,
    key: WORK,
  })
  t.same(await client.ask('sessions.resolve', { key: 'main' }), { ok: true, key: MAIN })
  t.match(await client.fail('sessions.resolve', { key: 'main', agentId: 'work' }), {
    details: { code: 'session_not_found' },
  })
  const { messages } = await client.ask('sessions.get', { key: 'main', limit: 2 })
  t.match(messages, [{ __openclaw: { seq: 2 } }, { __openclaw: { seq: 3 } }])
  t.same(await client.ask('sessions.get', { key: 'nobody' }), { messages: [] })
  const { previews } = await client.ask('sessions.preview', {
    keys: [MAIN, 'nobody'],
    maxChars: 20,
  })
  t.same(previews, [
    {
      key: MAIN,
      status: 'ok',
      items: [
        { role: 'user', text: 'How far are we?' },
        { role: 'assistant', text: 'Nearly done.' },
        { role: 'user', text: 'Go on then.' },
      ],
    },
    { key: 'nobody', status: 'missing', items: [] },
  ])
})

t.test('a label resolves in one agent', async (t) => {
  const { service, client } = await connected(t)
  for (const agent of ['main', 'work'])
    service.store.put({ key: `agent:${agent}:dashboard:x`, sessionId: agent, label: 'plan' })
  await client.ask('sessions.describe', { key: 'agent:work:dashboard:x' })
  t.match(await client.fail('sessions.resolve', { label: 'plan' }), {
    message: /^Multiple sessions found with label: plan/,
  })
  t.same(await client.ask('sessions.resolve', { label: 'plan', agentId: 'work' }), {
    ok: true,
    key: 'agent:work:dashboard:x',
  })
})

t.test('chat.history shows words without their envelope', async (t) => {
  const { service, client } = await connected(t)
  const wrapped =
    'Sender (untrusted metadata):\n```json\n{"label":"Ada","id":7}\n```\n\n[Sat 2026-11-21 04:18 UTC] hello'
  service.store.put({ key: 'agent:main:talk', sessionId: 'talk' }, transcript('talk', [wrapped]))
  const history = await client.ask('chat.history', { sessionKey: 'talk' })
  t.match(history, {
    sessionKey: 'agent:main:talk',
    sessionId: 'talk',
    messages: [{ content: [{ type: 'text', text: 'hello' }], senderLabel: 'Ada' }],
  })
  t.same(await client.ask('chat.history', { sessionKey: 'agent:main:later' }), {
    sessionKey: 'agent:main:later',
    messages: [],
  })
})

t.test('chat.history leaves out what is too large for a client', async (t) => {
  const { service, client } = await connected(t)
  const large = 'x'.repeat(200_000)
  service.store.put({ key: 'agent:main:big', sessionId: 'big' }, transcript('big', ['a', large]))
  const { messages } = await client.ask('chat.history', { sessionKey: 'big', maxChars: 500_000 })
  t.match(messages[1], {
    content: [{ text: '[chat.history omitted: message too large]' }],
    __openclaw: { seq: 2, truncated: true, reason: 'oversized' },
  })
})

t.test('health and status', async (t) => {
  const { client } = await connected(t)
  t.match(await client.ask('health'), {
    ok: true,
    defaultAgentId: 'main',
    sessions: { count: 2, recent: [{ key: String }, { key: String }] },
    sources: [{ status: 'ok' }],
  })
  t.match(await client.ask('status'), {
    sessions: { count: 2, recent: [{ totalTokensFresh: false }, {}] },
    runtime: { status: 'ok' },
    controls: ['pause', 'resume', 'stop', 'kill'],
  })
})

t.test('sessions.abort ends the live run, and only the one that is named', async (t) => {
  const { service, client } = await connected(t, 'writer')
  const idle = { ok: true, abortedRunId: null, status: 'no-active-run' }
  t.same(await client.ask('sessions.abort', { key: 'main' }), idle)
  t.same(await client.ask('sessions.abort', { key: 'nobody' }), idle)
  const run = service.runs.start({ sessionKey: MAIN })
  run.signal.addEventListener('abort', () => run.end())
  t.match(await client.ask('sessions.describe', { key: 'main' }), {
    session: { status: 'running', hasActiveRun: true, state: 'running' },
  })
  t.same(await client.ask('sessions.abort', { key: 'main', runId: 'another' }), idle)
  t.equal(run.signal.aborted, false)
  t.same(await client.ask('sessions.abort', { key: 'main', runId: run.runId }), {
    ok: true,
    abortedRunId: run.runId,
    status: 'aborted',
  })
  t.equal(run.signal.aborted, true)
})

t.test('pause and resume answer with what was read back', async (t) => {
  const { service, client } = await connected(t, 'writer')
  const run = service.runs.start({ sessionKey: MAIN })
  t.match(await client.ask('sessions.pause', { key: 'main', reason: 'lunch' }), {
    outcome: 'pausing',
    session: MAIN,
  })
  const held = run.checkpoint()
  t.match(await client.ask('sessions.resume', { key: 'main' }), { outcome: 'resumed' })
  await held
  run.end()
  t.match(await client.ask('sessions.stop', { key: 'main' }), { outcome: 'no_active_run' })
  t.match(await client.fail('sessions.kill', { key: 'nobody' }), {
    code: 'INVALID_REQUEST',
    details: { code: 'session_not_found', type: 'not_found' },
  })
})

t.test('what a grant does not see is not there', async (t) => {
  const { client } = await connected(t, 'worker', [
    { name: 'worker', scopes: ['operator.write'], agents: ['work'], redact: 'text' },
  ])
  const { sessions } = await client.ask('sessions.list', { includeLastMessage: true })
  t.match(sessions, [{ key: WORK, lastMessagePreview: '[redacted]' }])
  t.equal(sessions.length, 1)
  t.same(await client.ask('sessions.describe', { key: MAIN }), { session: null })
  t.same(await client.ask('sessions.get', { key: MAIN }), { messages: [] })
  t.match(await client.ask('sessions.preview', { keys: [MAIN] }), {
    previews: [{ status: 'missing' }],
  })
  t.match(await client.ask('sessions.abort', { key: MAIN }), { status: 'no-active-run' })
  t.match(await client.fail('sessions.pause', { key: MAIN }), {
    details: { code: 'session_not_found' },
  })
})

t.test('sessions at rest are changed, by an admin', async (t) => {
  const service = await startService(t)
  const { store } = service
  store.put({ key: 'agent:main:old', sessionId: 's-old', updatedAtMs: 1000 })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.admin)
  t.match(await client.ask('sessions.patch', { key: WORK, label: 'L' }), { ok: true, key: WORK })
  t.match(await client.fail('sessions.patch', { key: WORK }), { code: 'INVALID_REQUEST' })
  t.match(await client.ask('sessions.compact', { key: WORK, maxLines: 2 }), { kept: 2 })
  t.match(await client.ask('sessions.cleanup', { agent: 'main', dryRun: true }), {
    agentId: 'main',
    dryRun: true,
    pruned: 1,
  })
  t.match(await client.ask('sessions.cleanup', { allAgents: true }), {
    allAgents: true,
    stores: [{ applied: true, appliedCount: 1 }, {}],
  })
  t.match(await client.fail('sessions.delete', { key: WORK }), { message: /main session/ })
  const writer = await Client.dial(t, `${service.url}/ws`)
  await writer.connect(service.tokens.writer)
  t.match(await writer.fail('sessions.delete', { key: WORK }), { message: /missing scope/ })
})
