import fc from 'fast-check'
import t from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { searches } from '../searches.js'
import { Client } from './client.js'
import { header, toolResult, user } from './lines.js'
import { followQuery, historyQuery, openScene, type Scene } from './scene.js'

const KEY = 'agent:main:main'

type Step =
  | { do: 'append'; count: number; tool: boolean; torn: boolean }
  | { do: 'fork'; back: number }
  | { do: 'truncate'; keep: number }
  | { do: 'rewrite' }
  | { do: 'reset' }
  | { do: 'read'; who: number; events: number }
  | { do: 'disconnect'; who: number }
  | { do: 'turn' }

const who = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 6 }),
      tool: fc.boolean(),
      torn: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fork' as const),
      back: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), keep: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rewrite' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reset' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      who,
      events: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('disconnect' as const), who }) },
  { weight: 3, arbitrary: fc.constant({ do: 'turn' as const }) },
)

/** Writes a transcript as gateways do, and as they should not. */
class Writer {
  readonly #scene: Scene
  #lines: string[] = []
  #ids: string[] = []
  #session = 1
  #next = 1

  constructor(scene: Scene) {
    this.#scene = scene
    this.#begin()
  }

  append(count: number, tool: boolean, torn: boolean): void {
    for (let n = 0; n < count; n++) this.#add(this.#ids.at(-1) ?? null, tool && n % 2 === 0)
    const added = this.#lines.slice(-count).join('')
    const middle = torn ? added.length >> 1 : added.length
    this.#scene.store.append(KEY, added.slice(0, middle))
    this.#scene.store.append(KEY, added.slice(middle))
  }

  fork(back: number): void {
    this.#add(this.#ids.at(-1 - back) ?? null, false)
    this.#scene.store.append(KEY, this.#lines.at(-1) ?? '')
  }

  truncate(keep: number): void {
    this.#lines = this.#lines.slice(0, keep + 1)
    this.#ids = this.#ids.slice(0, keep)
    this.#scene.store.replace(KEY, this.#lines.join(''))
  }

  rewrite(): void {
    const count = this.#ids.length
    this.#lines = [header(`s${this.#session}`)]
    this.#ids = []
    for (let n = 0; n < count; n++) this.#add(this.#ids.at(-1) ?? null, false)
    this.#scene.store.replace(KEY, this.#lines.join(''))
  }

  reset(): void {
    this.#session++
    this.#begin()
  }

  #begin(): void {
    const sessionId = `s${this.#session}`
    this.#lines = [header(sessionId)]
    this.#ids = []
    this.#scene.store.put({ key: KEY, sessionId }, this.#lines.join(''))
  }

  #add(parentId: string | null, tool: boolean): void {
    const id = `e${this.#next++}`
    this.#lines.push(tool ? toolResult(id, { id, parentId }) : user(id, { id, parentId }))
    this.#ids.push(id)
  }
}

/** A client that reads when it likes, goes away, and comes back with the last id it saw. */
class Reader {
  readonly client = new Client()
  readonly #scene: Scene
  readonly #query: object
  #abort = new AbortController()
  #iterator: AsyncIterator<FollowEvent> | null = null
  #pending: Promise<IteratorResult<FollowEvent>> | null = null

  constructor(scene: Scene, query: object) {
    this.#scene = scene
    this.#query = query
  }

  /** Takes up to so many events that are there, and leaves the next one pending. */
  async read(events: number): Promise<void> {
    for (let n = 0; n < events; n++) if (!(await this.#take())) return
  }

  /** Whatever was under way is lost, as with a closed socket. */
  async disconnect(): Promise<void> {
    this.#abort.abort()
    await this.#pending
    await this.#iterator?.return?.()
    this.#iterator = null
    this.#pending = null
    this.#abort = new AbortController()
  }

  async #take(): Promise<boolean> {
    const iterator = await this.#connected()
    this.#pending ??= iterator.next()
    const quiet = quietTurns(20)
    const result = await Promise.race([this.#pending, quiet])
    if (result === undefined) return false
    this.#pending = null
    if (!result.done) this.client.take(result.value)
    return !result.done
  }

  async #connected(): Promise<AsyncIterator<FollowEvent>> {
    if (this.#iterator !== null) return this.#iterator
    const { lastId } = this.client
    const query = followQuery({
      ...this.#query,
      ...(lastId === undefined ? {} : { after: lastId }),
    })
    const { signal } = this.#abort
    const events = await this.#scene.manager.follow(KEY, query, FULL_GRANT, signal)
    this.#iterator = events[Symbol.asyncIterator]()
    return this.#iterator
  }
}

/** Nothing here waits for a timer, so that many turns of the loop without news mean that there is none. */
async function quietTurns(turns: number): Promise<undefined> {
  for (let n = 0; n < turns; n++) await new Promise(setImmediate)
}

t.test(
  'no gap and no duplicate, whatever happens to the transcript and the connection',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const settings = { maxFeedEvents: 6, feedBatch: 3, maxResumeMessages: 40 }
        const scene = openScene({ settings })
        const writer = new Writer(scene)
        const queries = [
          { limit: 1000 },
          { limit: 1000, includeTools: '1' },
          { limit: 1000, branch: 'all' },
        ]
        const readers = queries.map((query) => new Reader(scene, query))
        for (const move of steps) {
          if (move.do === 'append') writer.append(move.count, move.tool, move.torn)
          else if (move.do === 'fork') writer.fork(move.back)
          else if (move.do === 'truncate') writer.truncate(move.keep)
          else if (move.do === 'rewrite') writer.rewrite()
          else if (move.do === 'reset') writer.reset()
          else if (move.do === 'read') await readers[move.who]?.read(move.events)
          else if (move.do === 'disconnect') await readers[move.who]?.disconnect()
          else await new Promise(setImmediate)
        }
        for (const [index, reader] of readers.entries()) {
          await reader.read(10_000)
          const query = historyQuery(queries[index])
          const truth = await scene.manager.history(KEY, query, FULL_GRANT)
          const shown = JSON.stringify(reader.client.messages)
          if (reader.client.broken !== null) throw new Error(reader.client.broken)
          if (shown !== JSON.stringify(truth.messages))
            throw new Error(
              `${index}: ${reader.client.ids} instead of ${truth.messages.map((m) => m.__openclaw.id)}`,
            )
          await reader.disconnect()
        }
        await scene.close()
      }),
      searches(150),
    )
  },
)
