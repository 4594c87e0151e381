import type { RequestFrame } from '../../contract/ws.js'
import type { RoundRobin } from './round-robin.js'

/** Requests that change something and are worked on at once for one client; each may take seconds. */
const MAX_CHANGES = 16
/** A client that does not read its answers gets no more of them made. */
const MAX_UNREAD_BYTES = 1024 * 1024

export interface RequestQueueOptions {
  /** Whether a request only reads. */
  readonly reads: (request: RequestFrame) => boolean
  /** Answers a request; never rejects. */
  readonly answer: (request: RequestFrame) => Promise<void>
  /** Bytes that were sent and the client has not read. */
  readonly unreadBytes: () => number
  /** Stops reading from the client, or goes on. Frames that are here already come all the same. */
  readonly pause: (isPaused: boolean) => void
  /** Shared by all clients of a mount. */
  readonly roundRobin: RoundRobin
}

/**
 * What one client has asked for and was not answered yet: what reads is answered in its order and in turn with other
 * clients, what changes something waits for none of that. The client is read on only while nothing waits here, so that
 * at most what one packet of the network holds does.
 */
export class RequestQueue {
  readonly #options: RequestQueueOptions
  #reads: RequestFrame[] = []
  #changes: RequestFrame[] = []
  #isReading = false
  #changing = 0

  constructor(options: RequestQueueOptions) {
    this.#options = options
  }

  push(request: RequestFrame): void {
    const { reads } = this.#options
    if (reads(request)) this.#reads.push(request)
    else this.#changes.push(request)
    this.goOn()
  }

  /** To be called whenever the client has read something. */
  goOn(): void {
    while (this.#changing < MAX_CHANGES && !this.#isUnread()) {
      const change = this.#changes.shift()
      if (change === undefined) break
      void this.#change(change)
    }
    if (!this.#isReading && this.#reads.length > 0 && !this.#isUnread()) {
      this.#isReading = true
      this.#options.roundRobin.add(() => this.#read())
    }
    const isWaiting = this.#reads.length > 0 || this.#changes.length > 0
    this.#options.pause(isWaiting || this.#changing >= MAX_CHANGES || this.#isUnread())
  }

  /** Drops what waits: its client has gone. */
  clear(): void {
    this.#reads = []
    this.#changes = []
  }

  async #read(): Promise<void> {
    const request = this.#reads.shift()
    if (request !== undefined) await this.#options.answer(request)
    this.#isReading = false
    this.goOn()
  }

  async #change(request: RequestFrame): Promise<void> {
    this.#changing += 1
    await this.#options.answer(request)
    this.#changing -= 1
    this.goOn()
  }

  #isUnread(): boolean {
    return this.#options.unreadBytes() > MAX_UNREAD_BYTES
  }
}
