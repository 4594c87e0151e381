import fc from 'fast-check'
import t from 'tap'
import type { Grant } from '../../../src/contract/grant.js'
import { EventsQuery, type LiveEvent } from '../../../src/contract/live-event.js'
import type { ManagerSettings } from '../../../src/core/index.js'
import { searches } from '../../searches.js'
import { assistant, header, user } from '../lines.js'
import { eventually, grantOf, openScene, type Scene } from '../scene.js'

const KEYS = ['agent:main:main', 'agent:main:other', 'agent:work:main'] as const

/** Who wants the messages of all sessions, reads them as they come, and goes on from where it was. */
class Listener {
  readonly said: string[] = []
  readonly resets: string[] = []
  readonly #scene: Scene
  readonly #grant: Grant
  #place: string | undefined
  #abort = new AbortController()
  #reading: Promise<void> = Promise.resolve()

  constructor(scene: Scene, grant = grantOf({})) {
    this.#scene = scene
    this.#grant = grant
  }

  async connect(): Promise<void> {
    this.#abort = new AbortController()
    const query = EventsQuery.parse({ messages: '*', after: this.#place })
    const stream = await this.#scene.manager.events(query, this.#grant, this.#abort.signal)
    this.#reading = this.#read(stream)
  }

  async disconnect(): Promise<void> {
    this.#abort.abort()
    await this.#reading
  }

  async #read(stream: AsyncIterable<LiveEvent>): Promise<void> {
    for await (const event of stream) {
      this.#place = event.id
      const { data, type } = event
      if (type === 'session.message') this.said.push(`${data.sessionKey} ${data.messageId}`)
      if (type === 'reset') this.resets.push(`${data.sessionKey} ${data.reason}`)
    }
  }
}

/** Sessions that are at work, as a gateway keeps them. */
class Gateway {
  readonly scene: Scene
  readonly written: string[] = []
  #next = 0

  constructor(settings: Partial<ManagerSettings> = {}) {
    this.scene = openScene({ settings: { rowEventIntervalMs: 5, ...settings } })
  }

  begin(key: string): void {
    const sessionId = `s${++this.#next}`
    this.scene.store.put({ key, sessionId, updatedAtMs: Date.now() }, header(sessionId))
  }

  /** A line, and the store's entry with it. */
  say(key: string): void {
    const id = `m${++this.#next}`
    this.scene.store.append(key, user('Go on.', { id }))
    this.scene.store.put({ key, updatedAtMs: Date.now() })
    this.written.push(`${key} ${id}`)
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const move = fc.record({
  do: fc.constantFrom('say', 'say', 'say', 'turn', 'drop', 'back'),
  key: fc.constantFrom(...KEYS),
})

t.test(
  'every message comes once, in the order of its session, whoever comes and goes',
  async (t) => {
    const property = fc.asyncProperty(
      fc.array(move, { minLength: 10, maxLength: 60 }),
      fc.constantFrom(1, 256),
      async (moves, maxWatchedTranscripts) => {
        const gateway = new Gateway({ maxWatchedTranscripts })
        const { scene, written } = gateway
        for (const key of KEYS) gateway.begin(key)
        await scene.list()
        const listener = new Listener(scene)
        await listener.connect()
        let isOpen = true
        for (const { do: what, key } of moves) {
          if (what === 'say') gateway.say(key)
          else if (what === 'turn') await turn()
          else if ((what === 'back') !== isOpen) {
            await (isOpen ? listener.disconnect() : listener.connect())
            isOpen = !isOpen
          }
        }
        if (!isOpen) await listener.connect()
        await eventually(() => listener.said.length >= written.length)
        await turn()
        const of = (said: readonly string[], key: string) =>
          said.filter((one) => one.startsWith(`${key} `))
        for (const key of KEYS)
          if (String(of(listener.said, key)) !== String(of(written, key)))
            throw new Error(`${of(listener.said, key)} is not ${of(written, key)}`)
        if (listener.resets.length > 0) throw new Error(String(listener.resets))
        await listener.disconnect()
        await scene.close()
      },
    )
    await fc.assert(property, searches(15))
    t.pass('nothing was missed and nothing came twice')
  },
)

t.test(
  'a session that comes is told from its first message, and again when it comes back',
  async (t) => {
    const gateway = new Gateway()
    const { scene } = gateway
    t.teardown(() => scene.close())
    await scene.list()
    const listener = new Listener(scene)
    await listener.connect()
    const key = 'agent:main:new'
    const put = (sessionId: string, id: string) =>
      scene.store.put(
        { key, sessionId, updatedAtMs: Date.now() },
        header(sessionId) + user('Hi', { id }),
      )
    put('one', 'a1')
    await eventually(() => listener.said.length === 1)
    scene.store.remove(key)
    await eventually(async () => !(await scene.keys()).includes(key))
    put('two', 'b1')
    await eventually(() => listener.said.length === 2)
    t.same(listener.said, [`${key} a1`, `${key} b1`])
    scene.store.put({ key, sessionId: 'three' }, header('three') + user('Anew', { id: 'c1' }))
    await eventually(() => listener.resets.length === 1)
    t.same(listener.resets, [`${key} session_reset`], 'what it holds by then is history')
    await listener.disconnect()
  },
)

t.test('a session under two keys is told once, with the one that is listed', async (t) => {
  const gateway = new Gateway()
  const { scene } = gateway
  t.teardown(() => scene.close())
  const [job, run] = ['agent:main:cron:job', 'agent:main:cron:job:run:s1'] as const
  // One transcript, which both keys name.
  const say = (id: string) => {
    scene.store.append(job, user('Go on.', { id }))
    for (const key of [job, run]) scene.store.put({ key, updatedAtMs: Date.now() })
  }
  for (const key of [job, run])
    scene.store.put({ key, sessionId: 's1', updatedAtMs: Date.now() }, header('s1'))
  const [listed] = await scene.keys()
  const listener = new Listener(scene)
  await listener.connect()
  say('m1')
  say('m2')
  await eventually(() => listener.said.length >= 2)
  await turn()
  t.same(listener.said, [`${listed} m1`, `${listed} m2`])
  await listener.disconnect()
})

t.test('nothing is read for it once nobody wants it', async (t) => {
  const gateway = new Gateway({ tailLingerMs: 20 })
  const { scene } = gateway
  t.teardown(() => scene.close())
  gateway.begin(KEYS[0])
  await scene.list()
  const listener = new Listener(scene)
  await listener.connect()
  gateway.say(KEYS[0])
  await eventually(() => listener.said.length === 1)
  const tails = () => scene.manager.gauges().eventTails
  t.equal(tails(), 1)
  await listener.disconnect()
  const spent = async () => (await scene.list()).sessions[0]?.inputTokens ?? 0
  let said = 0
  await eventually(async () => {
    const id = `a${++said}`
    scene.store.append(KEYS[0], assistant('Done.', { input: 1, output: 1 }, { id }))
    scene.store.put({ key: KEYS[0], updatedAtMs: Date.now() })
    await eventually(async () => (await spent()) === said)
    return tails() === 0
  })
  t.equal(tails(), 0, 'lines come, their sums are read, and no tail begins')
})
