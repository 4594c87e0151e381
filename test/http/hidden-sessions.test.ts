import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { type MemoryStore, memoryStore } from '../../src/stores/memory/memory-store.js'
import { ALL_OPERATIONS } from '../../src/surfaces/http/operations.js'
import { searches } from '../searches.js'
import { until } from '../until.js'
import { Client } from '../ws/client.js'
import { at, line, transcript, WORK } from './service.js'
import { RawStream } from './sse-client.js'
import { openWholeServer, type WholeServer } from './whole-server.js'

const START_MS = Date.UTC(2026, 10, 21, 5)
const CHILD = 'agent:work:subagent:a'
const HIDDEN = ['agent:main:main', 'agent:main:subagent:x', 'agent:main:telegram:direct:7']

/** Everything but the sessions is real: the server with its ids, the plugin, tokens; time stands still until it is told. */
class House {
  static async open(directory: string, clock: () => number): Promise<House> {
    return new House(
      await openWholeServer(() => memoryStore(), {
        directory,
        clock,
        token: { agents: ['work'] },
        settings: { rowEventIntervalMs: 1, tickMs: 5 },
        environment: { SESSIONS_API_WRITES_PER_MINUTE: '0' },
      }),
    )
  }

  readonly requestIds: string[] = []
  messages = 3

  readonly app: WholeServer['app']
  readonly url: string
  readonly store: MemoryStore
  readonly runs: WholeServer['runs']
  readonly manager: WholeServer['manager']
  readonly token: string
  readonly close: () => Promise<void>

  private constructor(server: WholeServer & { readonly store: MemoryStore }) {
    const { app, close, manager, runs, store, token, url } = server
    this.app = app
    this.url = url
    this.store = store
    this.runs = runs
    this.manager = manager
    this.token = token
    this.close = close
    const texts = ['How far are we?', 'Nearly done.', 'Go on then.']
    store.put({ key: WORK, sessionId: 'w', updatedAtMs: START_MS }, transcript('w', texts))
    store.put({ key: CHILD, sessionId: 'c', spawnedBy: WORK, updatedAtMs: START_MS })
  }

  async ask(method: string, url: string, payload?: object): Promise<Seen> {
    const authorization = `Bearer ${this.token}`
    const answer = await this.app.inject({
      method: method as 'GET',
      url,
      headers: { authorization, ...(payload === undefined ? {} : JSON_BODY) },
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    })
    this.requestIds.push(String(answer.headers['x-request-id']))
    return seen(`${method} ${url}`, answer)
  }

  /** Every answer to this caller: all routes, for a session of its own, a hidden one, and one that never was. */
  async walk(): Promise<Seen[]> {
    const answers: Seen[] = []
    for (const [method, url, body] of QUESTIONS) answers.push(await this.ask(method, url, body))
    return answers
  }

  async row(key: string) {
    const { body } = await this.ask('GET', `/api/sessions/${at(key)}`)
    return body.startsWith('{"session"') ? JSON.parse(body).session : null
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

interface Seen {
  readonly question: string
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** What is random or the time of day: the date, the id of a request, a stream ticket, ages that a store counts by its own clock. */
function seen(question: string, answer: LightMyRequestResponse): Seen {
  const { date: _, 'x-request-id': id, ...headers } = answer.headers
  const body = answer.body
    .replaceAll(String(id), '<request>')
    .replace(/"ticket":"[^"]+","expiresAt":"[^"]+"/, '<ticket>')
    .replaceAll(/"ageMs":-?\d+/g, '<age>')
  return { question, status: answer.statusCode, headers, body }
}

const LISTS = [
  '',
  '?limit=1',
  '?messageLimit=2',
  '?agent=main',
  '?agent=work&sort=totalCost',
  `?spawnedBy=${at('agent:main:main')}`,
  '?search=hidden',
  '?configuredAgentsOnly=1&archived=all',
]

const QUESTIONS: readonly (readonly [string, string, (object | undefined)?])[] = [
  ...LISTS.map((query) => ['GET', `/api/sessions${query}`] as const),
  ...ALL_OPERATIONS.flatMap(({ method, operationId, path }) => {
    if (method !== 'GET' || operationId === 'listSessions') return []
    const how = operationId === 'followEvents' ? 'HEAD' : 'GET'
    return [WORK, 'agent:main:main', 'agent:main:nobody'].map(
      (key) => [how, path.replace('{key}', at(key)).replace('{file}', 'none.js')] as const,
    )
  }),
  ...['agent:main:main', 'agent:main:nobody'].flatMap((key) =>
    (
      [
        ['PATCH', '', { label: 'mine' }],
        ['DELETE', '', undefined],
        ['POST', '/archive', {}],
        ['POST', '/compact', { maxLines: 5 }],
        ['POST', '/control', { action: 'kill' }],
        ['POST', '/kill', {}],
      ] as const
    ).map(([method, more, body]) => [method, `/api/sessions/${at(key)}${more}`, body] as const),
  ),
  ['POST', `/api/sessions/${at(WORK)}/control`, { action: 'resume' }],
  ['POST', `/api/sessions/${at(WORK)}/kill`, {}],
  ['POST', '/api/sessions/control', { action: 'kill', filter: {}, dryRun: true }],
  ['POST', '/api/sessions/control', { action: 'kill', keys: HIDDEN, dryRun: true }],
  ['POST', '/api/sessions/cleanup', { agent: 'main' }],
  ['POST', '/api/sessions/cleanup', {}],
  ['POST', '/api/stream-tickets', { path: `/sessions/${at('agent:main:main')}/history` }],
  ['POST', '/api/stream-tickets', { path: '/api/events' }],
]

/** What streams say to the caller: frames of SSE and WebSocket, by what they are about. */
class Ears {
  readonly frames: { id: string; type: string; data: string }[] = []
  #reading: Promise<void> = Promise.resolve()

  private constructor(
    readonly raw: RawStream,
    readonly client: Client,
  ) {}

  static async open(t: Test, house: House): Promise<Ears> {
    const headers = { authorization: `Bearer ${house.token}` }
    const raw = await RawStream.open(`${house.url}/api/events?messages=*`, headers)
    const client = await Client.dial(t, `${house.url}/ws`)
    await client.connect(house.token)
    await client.ask('sessions.subscribe')
    const ears = new Ears(raw, client)
    ears.#reading = ears.#read()
    await until(() => ears.frames.length > 0)
    return ears
  }

  /** Resolves when two signs of life have passed, so that what was on its way is there. */
  async rest(): Promise<void> {
    const before = this.frames.length
    const ticks = () => this.frames.slice(before).filter(({ type }) => type === 'tick').length
    await until(() => ticks() >= 2)
  }

  async close(): Promise<void> {
    this.client.close()
    await this.raw.close()
    await this.#reading
  }

  async #read(): Promise<void> {
    for (;;) {
      const block = await this.raw.block().catch(() => null)
      if (block === null) return
      const [, id = '', type = '', data = ''] =
        /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
      if (type !== '') this.frames.push({ id, type, data })
    }
  }
}

const visible = fc.oneof(
  fc.record({
    do: fc.constant('put' as const),
    key: fc.constantFrom(WORK, CHILD),
    spawnedBy: fc.constantFrom(null, WORK, ...HIDDEN),
    status: fc.constantFrom('running' as const, 'done' as const, null),
  }),
  fc.record({ do: fc.constant('append' as const) }),
  fc.record({ do: fc.constant('minute' as const) }),
)

const hidden = fc.record({
  key: fc.constantFrom(...HIDDEN),
  do: fc.constantFrom('put' as const, 'put' as const, 'append' as const, 'remove' as const),
  sessionId: fc.constantFrom('h', 'w', 'c'),
  spawnedBy: fc.constantFrom(null, WORK, CHILD, 'agent:main:main'),
  run: fc.boolean(),
})

const scene = fc.array(fc.tuple(visible, fc.array(hidden, { minLength: 1, maxLength: 6 })), {
  minLength: 1,
  maxLength: 3,
})

type Visible = typeof visible extends fc.Arbitrary<infer T> ? T : never
type Hidden = typeof hidden extends fc.Arbitrary<infer T> ? T : never

let marks = 0

async function hide(house: House, steps: readonly Hidden[]): Promise<void> {
  for (const { do: action, key, run, ...facts } of steps) {
    const mark = `hidden ${++marks}`
    if (action === 'remove') house.store.remove(key)
    else house.store.put({ key, ...facts, ...(action === 'append' ? OWN : {}), label: mark })
    if (action === 'append') house.store.append(key, line(9000 + marks, mark))
    if (run) house.runs.start({ sessionKey: key }).end('done')
    // Requests of others are counted by nothing that this caller sees.
    await house.app.inject({ url: '/healthz' })
  }
  const last = `hidden ${++marks}`
  house.store.put({ key: 'agent:main:last', label: last, sessionId: 'z' })
  await until(async () => {
    const { session } = await house.manager.get('agent:main:last', FULL_GRANT).catch(() => NONE)
    return session?.label === last && house.manager.gauges().pendingTotals === 0
  })
}

/** A transcript that no visible session has. */
const OWN = { sessionId: 'h' }
const NONE = { session: null }

async function show(house: House, step: Visible, mark: string): Promise<void> {
  if (step.do === 'minute') return
  if (step.do === 'append') {
    house.messages += 1
    house.store.append(WORK, line(house.messages, mark))
    const isRead = ({ assistantMessages = 0, userMessages = 0 }) =>
      assistantMessages + userMessages === house.messages
    await until(async () => isRead(await house.row(WORK)))
    return
  }
  const { do: _, key, ...facts } = step
  house.store.put({ key, ...facts, label: mark })
  await until(async () => (await house.row(key))?.label === mark)
  await until(() => house.manager.gauges().pendingTotals === 0)
}

/** Ids of events differ between processes: only whether they moved says anything. */
const nameless = (answers: readonly Seen[]) =>
  answers.map(({ headers, ...rest }) => {
    const id = headers['x-event-id']
    const text = JSON.stringify({ ...rest, headers })
    return id === undefined ? text : text.replaceAll(String(id), '<event>')
  })

function assertEqual(a: readonly unknown[], b: readonly unknown[], what: string): void {
  const where = a.findIndex((one, index) => !isDeepStrictEqual(one, b[index]))
  if (where < 0 && a.length === b.length) return
  throw new Error(`${what}: ${JSON.stringify(a[where])}\n${JSON.stringify(b[where])}`)
}

async function play(t: Test, steps: readonly (readonly [Visible, readonly Hidden[]])[]) {
  let nowMs = START_MS + 60_000
  const clock = () => nowMs
  const dirs = [`${t.testdirName}/a${++marks}`, `${t.testdirName}/b${marks}`] as const
  const quiet = await House.open(dirs[0], clock)
  const busy = await House.open(dirs[1], clock)
  const ears = await Ears.open(t, busy)
  try {
    for (const [step, behind] of steps) {
      if (step.do === 'minute') nowMs += 60_000
      const mark = `shown ${++marks}`
      await Promise.all([show(quiet, step, mark), show(busy, step, mark)])
      await ears.rest()
      const before = await busy.walk()
      const heard = ears.frames.length
      const told = ears.client.events.length
      await hide(busy, behind)
      await ears.rest()
      const after = await busy.walk()
      assertEqual(after, before, 'hidden sessions moved an answer')
      const place = ears.frames[heard - 1]?.id
      const others = ears.frames
        .slice(heard)
        .filter(({ id, type }) => type !== 'tick' || id !== place)
      assertEqual(others, [], 'hidden sessions moved the stream')
      const frames = ears.client.events.slice(told).filter(({ event }) => event !== 'tick')
      assertEqual(frames, [], 'hidden sessions moved the socket')
      assertEqual(nameless(after), nameless(await quiet.walk()), 'hidden sessions are seen')
    }
  } finally {
    await ears.close()
    await Promise.all([quiet.close(), busy.close()])
  }
  const ids = [...quiet.requestIds, ...busy.requestIds]
  if (new Set(ids).size < ids.length) throw new Error('a request id came twice')
  if (ids.some((id) => !/^[\w-]{16}$/.test(id))) throw new Error('a request id tells something')
}

t.test('what a grant may not see moves nothing that it can read, count or time', async (t) => {
  t.testdir()
  await fc.assert(
    fc.asyncProperty(scene, async (steps) => {
      await play(t, steps)
    }),
    { ...searches(4), endOnFailure: true },
  )
  t.pass('no answer, header, id or frame moved')
})
