import type { Endpoint } from '../bench/clients/endpoint.js'
import { Random } from '../bench/data/random.js'
import { readNumbered } from './numbered-text.js'
import { Sequence } from './sequence.js'
import { openStream, type SseEvent } from './sse-stream.js'

export interface RestlessOptions {
  readonly endpoint: Endpoint
  readonly path: string
  readonly seed: number
}

/** How long a connection is kept: some die while the first page is on its way. */
const STAY_MS = { least: 5, most: 2500 }
/** Between connections: long enough to miss messages, short enough to miss none in the end. */
const AWAY_MS = { least: 1, most: 300 }

/**
 * A follower that tears its connection at random times, also in the middle of an event, and comes back with the last id
 * it has, as an EventSource does. It must see every message once and in order, and never be told that its place is gone.
 */
export class RestlessFollower {
  readonly sequence: Sequence
  readonly #options: RestlessOptions
  readonly #random: Random
  #lastEventId: string | null = null
  #tear: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #calm = false
  #ended = false
  connections = 0
  messages = 0

  constructor(options: RestlessOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.sequence = new Sequence(`follower ${options.seed} of ${options.path}`)
    this.#connect()
  }

  /** Stays connected from now on. */
  calm(): void {
    this.#calm = true
  }

  close(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#tear?.()
  }

  #connect(): void {
    this.connections += 1
    const { endpoint, path } = this.#options
    const tear = openStream(endpoint, path, this.#lastEventId, {
      onEvent: (event) => this.#take(event),
      onEnd: (status) => this.#away(status),
    })
    this.#tear = tear
    this.#after(STAY_MS, () => {
      if (!this.#calm) tear()
    })
  }

  #away(status: number | null): void {
    if (this.#ended) return
    // No answer at all is a server that is being restarted.
    if (status !== null && status !== 200) this.sequence.fail(`was answered ${status}`)
    this.#after(AWAY_MS, () => this.#connect())
  }

  #after({ least, most }: { least: number; most: number }, then: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(then, this.#random.whole(least, most))
  }

  #take(event: SseEvent): void {
    const resumed = this.#lastEventId !== null
    this.#lastEventId = event.id
    if (event.type === 'reset') this.sequence.fail(`was reset: ${event.data}`)
    else if (event.type === 'history' && resumed) this.sequence.fail('got a page when it resumed')
    else for (const message of messagesOf(event)) this.#see(message)
  }

  #see({ content }: Message): void {
    const numbered = typeof content === 'string' ? readNumbered(content) : null
    if (numbered === null) return
    this.messages += 1
    this.sequence.take(numbered)
  }
}

interface Message {
  readonly content: unknown
}

function messagesOf({ data, type }: SseEvent): Message[] {
  const facts = JSON.parse(data)
  return type === 'history' ? facts.messages : [facts.message]
}
