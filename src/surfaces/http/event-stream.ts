import type { ServerResponse } from 'node:http'
import type { FollowSink } from '../../contract/follow.js'
import type { Streamed } from './answer.js'
import { frameOf, type StreamEvent, toFrame } from './frame.js'
import { Wire } from './wire.js'

const PRELUDE = toFrame('retry: 1000\n\n')
const HEARTBEAT = toFrame(': heartbeat\n\n')

/** One client that follows: what its follower writes goes out at once, or waits in the transcript until there is room. */
export class EventStream implements FollowSink<StreamEvent> {
  /** Resolves when the stream has ended, rejects when following failed. */
  readonly ended: Promise<void>
  readonly #wire: Wire
  #end!: (error?: unknown) => void

  /** Begins to send on a response whose headers have been sent. */
  constructor(response: ServerResponse, follower: Streamed) {
    this.#wire = new Wire(response, () => follower.resume())
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error))
    })
    this.#wire.write(PRELUDE)
    follower.pipe(this)
  }

  write(event: StreamEvent): boolean {
    return this.#wire.write(frameOf(event))
  }

  together(write: () => void): void {
    this.#wire.together(write)
  }

  /** A sign of life. A client that does not read must not have them piled up for it. */
  beat(): void {
    if (!this.#wire.isFull) this.#wire.write(HEARTBEAT)
  }

  end(error?: unknown): void {
    this.#wire.close()
    this.#end(error)
  }
}
