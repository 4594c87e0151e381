import t, { type Test } from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import { FollowEvent as FollowEventSchema } from '../../src/contract/event.js'
import { FULL_GRANT, type Grant } from '../../src/contract/grant.js'
import { assistant, header, toolResult, user } from './lines.js'
import { eventually, followQuery, grantOf, openScene, type Scene } from './scene.js'

const KEY = 'agent:main:main'
const spent = { input: 1, output: 1 }

function open(t: Test, options = {}): Scene {
  const scene = openScene(options)
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 's' }, header('s') + user('1', { id: 'a1' }))
  return scene
}

interface Stream {
  next(): Promise<FollowEvent>
  ended(): Promise<boolean>
  readonly iterator: AsyncIterator<FollowEvent>
  readonly abort: AbortController
}

async function follow(
  scene: Scene,
  query = {},
  grant: Grant = FULL_GRANT,
  key = KEY,
): Promise<Stream> {
  const abort = new AbortController()
  const events = await scene.manager.follow(key, followQuery(query), grant, abort.signal)
  const iterator = events[Symbol.asyncIterator]()
  return {
    iterator,
    abort,
    next: async () => (await iterator.next()).value,
    ended: async () => (await iterator.next()).done === true,
  }
}

const id = (event: FollowEvent) =>
  event.type === 'message' ? event.data.messageId : `${event.type}`

t.test('history, then what is appended, whoever appends it', async (t) => {
  const scene = open(t)
  const stream = await follow(scene)
  const history = await stream.next()
  t.doesNotThrow(() => FollowEventSchema.parse(history))
  t.match(history, { type: 'history', data: { sessionKey: KEY, messages: [{ content: '1' }] } })
  const coming = stream.next()
  scene.store.append(KEY, user('2', { id: 'a2' }))
  const message = await coming
  t.doesNotThrow(() => FollowEventSchema.parse(message))
  t.match(message, {
    type: 'message',
    id: /^2-/,
    data: { sessionKey: KEY, messageId: 'a2', messageSeq: 2, message: { content: '2' } },
  })
  scene.store.append(KEY, '{"type":"message","id":"torn","mess')
  scene.store.append(KEY, 'age":{"role":"user","content":"3"}}\n')
  t.equal(id(await stream.next()), 'torn', 'a torn line comes when it is whole')
})

t.test('a resume goes on right after its place', async (t) => {
  const scene = open(t)
  const first = await follow(scene)
  const { id: place } = await first.next()
  scene.store.append(KEY, user('2', { id: 'a2' }) + user('3', { id: 'a3' }))
  const second = await follow(scene, { after: place })
  t.equal(id(await second.next()), 'a2')
  const last = await second.next()
  t.equal(id(last), 'a3')
  const third = await follow(scene, { after: last.id })
  const coming = third.next()
  scene.store.append(KEY, user('4', { id: 'a4' }))
  t.equal(id(await coming), 'a4')
})

t.test('a place that is gone is a reset, then a page', async (t) => {
  const scene = open(t)
  const lost = await follow(scene, { after: '7-00000000' })
  const reset = await lost.next()
  t.match(reset, { type: 'reset', id: '7-00000000' }, 'its id is the lost place')
  t.match(await lost.next(), { type: 'history', data: { messages: [{ content: '1' }] } })
  const rewritten = lost.next()
  scene.store.replace(KEY, header('s') + user('other', { id: 'b1' }))
  t.match(await rewritten, { type: 'reset' })
  t.match(await lost.next(), { type: 'history', data: { messages: [{ content: 'other' }] } })
})

t.test('who is too far behind begins anew', async (t) => {
  const scene = open(t, { settings: { maxResumeMessages: 3 } })
  const { id: place } = await (await follow(scene)).next()
  for (let n = 2; n <= 4; n++) scene.store.append(KEY, user(`${n}`, { id: `a${n}` }))
  t.equal(id(await (await follow(scene, { after: place })).next()), 'a2', 'three are replayed')
  scene.store.append(KEY, user('5', { id: 'a5' }))
  const far = await follow(scene, { after: place })
  t.match(await far.next(), { type: 'reset', data: { reason: 'too_far_behind' } })
  t.match(await far.next(), { type: 'history', data: { messages: { length: 5 } } })
})

t.test('a session that gets another transcript, and one that is deleted', async (t) => {
  const scene = open(t)
  const stream = await follow(scene)
  await stream.next()
  const reset = stream.next()
  scene.store.put({ key: KEY, sessionId: 's2' }, header('s2') + user('new', { id: 'n1' }))
  t.match(await reset, { type: 'reset', data: { reason: 'session_reset' } })
  t.match(await stream.next(), {
    type: 'history',
    data: { sessionId: 's2', messages: [{ content: 'new' }] },
  })
  const appended = stream.next()
  scene.store.append(KEY, user('more', { id: 'n2' }))
  t.equal(id(await appended), 'n2', 'it follows the new one')
  const deleted = stream.next()
  scene.store.remove(KEY)
  t.match(await deleted, { type: 'reset', data: { reason: 'session_deleted' } })
  t.ok(await stream.ended())
})

t.test('a grant that no longer sees the session ends silently', async (t) => {
  const scene = open(t)
  const child = 'agent:main:subagent:1'
  scene.store.put({ key: child, sessionId: 'c', spawnedBy: KEY }, header('c'))
  const stream = await follow(scene, {}, grantOf({ sessions: [KEY] }), child)
  await stream.next()
  const ended = stream.ended()
  scene.store.put({ key: child, spawnedBy: null })
  t.ok(await ended)
})

t.test(
  'followers of one variant get the same object; tool results only who wants them',
  async (t) => {
    const scene = open(t)
    const plain = await Promise.all([follow(scene), follow(scene)])
    const tools = await follow(scene, { includeTools: '1' })
    const short = await follow(scene, { maxChars: 1 })
    for (const stream of [...plain, tools, short]) await stream.next()
    const coming = [...plain, tools].map((stream) => stream.next())
    scene.store.append(KEY, toolResult('r', { id: 'a2' }) + assistant('long', spent, { id: 'a3' }))
    const [one, two, result] = await Promise.all(coming)
    t.equal(id(one as FollowEvent), 'a3')
    t.equal(one, two)
    t.equal(id(result as FollowEvent), 'a2')
    t.equal(await tools.next(), one)
    t.match(await short.next(), {
      data: { message: { content: [{ text: 'l\n...(truncated)...' }] } },
    })
    const hidden = await follow(scene, {}, grantOf({ redact: 'text' }))
    t.notMatch(JSON.stringify(await hidden.next()), /long/)
    scene.store.append(KEY, user('secret', { id: 'a4' }))
    t.notMatch(JSON.stringify(await hidden.next()), /secret/)
  },
)

t.test('a follower that does not read costs nothing and misses nothing', async (t) => {
  const scene = open(t, { settings: { maxFeedEvents: 10, feedBatch: 4 } })
  const slow = await follow(scene)
  const fast = await follow(scene)
  await slow.next()
  await fast.next()
  for (let n = 2; n <= 100; n++) {
    scene.store.append(KEY, user(`${n}`, { id: `a${n}` }))
    t.equal(id(await fast.next()), `a${n}`)
  }
  for (let n = 2; n <= 100; n++) t.equal(id(await slow.next()), `a${n}`)
})

t.test('its consumer, its signal or the manager ends a stream, read from or not', async (t) => {
  const scene = open(t)
  const left = await follow(scene)
  await left.next()
  const pending = left.ended()
  await left.iterator.return?.()
  t.ok(await pending, 'a waiting consumer is let go')
  const aborted = await follow(scene)
  await aborted.next()
  const waiting = aborted.ended()
  aborted.abort.abort()
  t.ok(await waiting)
  const early = await follow(scene)
  early.abort.abort()
  t.ok(await early.ended(), 'aborted before it began')
  const closed = await follow(scene)
  await closed.next()
  const last = closed.ended()
  await scene.manager.close()
  await scene.manager.close()
  t.ok(await last)
  t.ok(await (await follow(scene)).ended(), 'a closed manager has no streams')
})

t.test('an unknown session is refused before the stream begins', async (t) => {
  const scene = open(t)
  await t.rejects(follow(scene, {}, FULL_GRANT, 'agent:main:nope'), { code: 'session_not_found' })
})

t.test('a row moves with lines that nobody announces', async (t) => {
  const scene = open(t)
  scene.store.put({ key: KEY, updatedAtMs: Date.now() })
  await scene.list()
  scene.store.append(KEY, assistant('x', { input: 40, output: 2 }, { id: 'a2' }))
  const row = await eventually(async () => {
    const [row] = (await scene.list()).sessions
    return row?.totalTokens === 42 ? row : undefined
  })
  t.match(row, { contextTokens: 40 })
})
