import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { EventsQuery, type LiveEvent } from '../../../src/contract/live-event.js'
import { ListQuery } from '../../../src/contract/session.js'
import { assistant, header, START_MS } from '../lines.js'
import { eventually, openScene } from '../scene.js'

const KEY = 'agent:main:main'

/** A message that no sum of a row counts. */
function toolResult(id: string): string {
  const message = { role: 'toolResult', toolCallId: 'c', toolName: 'exec', content: [] }
  const timestamp = new Date(START_MS).toISOString()
  return `${JSON.stringify({ type: 'message', id, timestamp, message })}\n`
}

async function begin(t: Test) {
  const scene = openScene({ clock: () => START_MS, settings: { rowEventIntervalMs: 1 } })
  const abort = new AbortController()
  t.teardown(async () => {
    abort.abort()
    await scene.close()
  })
  scene.store.put({ key: KEY, sessionId: 's', updatedAtMs: START_MS, status: 'done' }, header('s'))
  const list = (query = {}) => scene.manager.list(ListQuery.parse(query), FULL_GRANT)
  await list()
  const query = EventsQuery.parse({ messages: KEY, includeTools: '1' })
  const events: LiveEvent[] = []
  const stream = await scene.manager.events(query, FULL_GRANT, abort.signal)
  void (async () => {
    for await (const event of stream) events.push(event)
  })()
  const textOf = async () => Buffer.from((await list()).bytes()).toString()
  const changes = () => events.filter(({ type }) => type === 'sessions.changed')
  const said = (id: string) => () =>
    events.some(({ data, type }) => type === 'session.message' && data.messageId === id)
  return { scene, list, textOf, changes, said }
}

t.test('what no list shows moves neither its id nor a byte of it', async (t) => {
  const { changes, list, said, scene, textOf } = await begin(t)
  scene.store.append(KEY, toolResult('m1'))
  await eventually(said('m1'))
  await eventually(() => scene.manager.gauges().pendingTotals === 0)
  const { etag, eventId } = await list()
  const [text, told] = [await textOf(), changes().length]
  scene.store.append(KEY, toolResult('m2'))
  await eventually(said('m2'))
  // A fact that no row shows, after a message that the log holds now; it is taken in at once.
  scene.store.put({ key: KEY, space: 'elsewhere' })
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
  t.equal((await list()).etag, etag)
  t.equal((await list()).eventId, eventId)
  t.equal(await textOf(), text, 'equal tags, equal bytes')
  t.equal(
    (await list({ limit: 7 })).eventId,
    eventId,
    'of a list that nobody has asked for before, too',
  )
  t.equal(changes().length, told)
})

t.test('sums alone move it, and are told with the row that the list has', async (t) => {
  const { changes, list, scene, textOf } = await begin(t)
  let [id, text] = [(await list()).eventId, await textOf()]
  for (let count = 1; count <= 5; count++) {
    const told = changes().length
    const line = assistant('Done.', { input: 7, output: 3, cost: 0.5 }, { id: `a${count}` })
    scene.store.append(KEY, line)
    const row = await eventually(async () => {
      const [session] = (await list()).page().sessions
      return session?.inputTokens === 7 * count ? session : null
    })
    t.not(await textOf(), text)
    t.not((await list()).eventId, id, 'the list has a place of its own')
    await eventually(() => changes().length > told)
    t.match(changes().at(-1), { data: { session: { ...row, age: String } } })
    ;[id, text] = [(await list()).eventId, await textOf()]
  }
})
