import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { HistoryPage } from '../../src/contract/history.js'
import { assistant, header, toolCall, toolResult, user } from './lines.js'
import { historyQuery, openScene, type Scene } from './scene.js'

const KEY = 'agent:main:main'
const spent = { input: 5, output: 5 }

function filled(): Scene {
  const scene = openScene()
  scene.store.put(
    { key: KEY, sessionId: 's' },
    header('s') +
      user('1', { id: 'a1' }) +
      toolCall('exec', { command: 'x'.repeat(50) }, { id: 'a2' }) +
      toolResult('y'.repeat(50), { id: 'a3' }) +
      assistant('NO_REPLY', spent, { id: 'a4' }) +
      assistant('5'.repeat(50), spent, { id: 'a5' }) +
      user('6', { id: 'a6' }),
  )
  return scene
}

t.test('pages go backwards without tool results, and their cursors hold', async (t) => {
  const scene = filled()
  t.teardown(() => scene.close())
  const ask = (query: object) => scene.manager.history(KEY, historyQuery({ ...query }), FULL_GRANT)
  const seqs = (page: HistoryPage) => page.messages.map(({ __openclaw }) => __openclaw.seq)

  const newest = await ask({ limit: 2 })
  t.doesNotThrow(() => HistoryPage.parse(newest))
  t.match(newest, { sessionKey: KEY, sessionId: 's', hasMore: true, limitApplied: 2 })
  t.strictSame(seqs(newest), [5, 6])
  const older = await ask({ limit: 2, cursor: newest.nextCursor ?? '' })
  t.strictSame(seqs(older), [1, 2])
  t.match(older, { hasMore: false, nextCursor: null })
  t.strictSame(seqs(await ask({ includeTools: '1' })), [1, 2, 3, 5, 6])
  for (const cursor of ['5', 'seq:5']) t.strictSame(seqs(await ask({ cursor })), [1, 2], cursor)
  t.strictSame(seqs(await ask({ cursor: '1' })), [])
  await t.rejects(ask({ cursor: '5-00000000' }), { code: 'cursor_gone' })
})

t.test('texts are cut on request, tool calls and results are not', async (t) => {
  const scene = filled()
  t.teardown(() => scene.close())
  const query = historyQuery({ maxChars: 10, includeTools: '1' })
  const { messages } = await scene.manager.history(KEY, query, FULL_GRANT)
  const [, call, result, answer] = messages
  t.match(call, { content: [{ arguments: { command: 'x'.repeat(50) } }] })
  t.match(result, { content: [{ text: 'y'.repeat(50) }] })
  t.match(answer, {
    content: [{ text: `${'5'.repeat(10)}\n...(truncated)...` }],
    __openclaw: { truncated: true },
  })
})

t.test('both views of a fork', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const lines =
    header('s') +
    user('q', { id: 'a', parentId: null }) +
    assistant('left', spent, { id: 'b', parentId: 'a' }) +
    assistant('right', spent, { id: 'c', parentId: 'a' })
  scene.store.put({ key: KEY, sessionId: 's' }, lines)
  const ids = async (branch: string) =>
    (await scene.manager.history(KEY, historyQuery({ branch }), FULL_GRANT)).messages.map(
      ({ __openclaw }) => __openclaw.id,
    )
  t.strictSame(await ids('active'), ['a', 'c'])
  t.strictSame(await ids('all'), ['a', 'b', 'c'])
})

t.test('a session without an id, or without lines, has an empty history', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:main:new', sessionId: 'n' })
  scene.store.put({ key: 'agent:main:none' })
  for (const [key, sessionId] of [
    ['new', 'n'],
    ['none', null],
  ] as const)
    t.strictSame(await scene.manager.history(key, historyQuery(), FULL_GRANT), {
      sessionKey: `agent:main:${key}`,
      sessionId,
      messages: [],
      hasMore: false,
      nextCursor: null,
      limitApplied: 100,
    })
})

t.test('the detail of a session', async (t) => {
  const scene = filled()
  t.teardown(() => scene.close())
  scene.store.put({
    key: KEY,
    compactions: [{ id: 'x', at: null, tokensBefore: 7, tokensAfter: 3 }],
  })
  scene.store.put({ key: 'agent:main:subagent:1', sessionId: 'c', spawnedBy: KEY })
  const detail = await scene.manager.get('main', FULL_GRANT)
  t.match(detail, {
    session: { key: KEY, inputTokens: 11 },
    children: [{ key: 'agent:main:subagent:1', spawnedBy: KEY }],
    compactions: [{ tokensBefore: 7, tokensAfter: 3 }],
    transcript: { messages: 6, brokenLines: 0, position: /^6-[0-9a-f]{8}$/ },
  })
  t.ok(detail.transcript.bytes > 500)
})
