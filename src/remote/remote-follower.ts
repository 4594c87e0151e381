import type { EventSourceMessage } from 'eventsource-parser'
import type { Follower, FollowSink } from '../contract/follow.js'
import { parseJson } from '../system/well-formed.js'

export interface EventSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/**
 * A follower of a service's event stream. With `waits` it resolves with the first event, so that a refusal is thrown here;
 * a stream that goes on after a place may have none for long.
 */
export async function remoteFollower<T>(
  schema: EventSchema<T>,
  messages: AsyncIterable<EventSourceMessage>,
  waits: boolean,
): Promise<Follower<T>> {
  const events = known(schema, messages)
  const first = waits ? await events.next() : null
  return new RemoteFollower(goOn(first, events))
}

/** Events of a newer service that are not known here are passed over. */
async function* known<T>(
  schema: EventSchema<T>,
  messages: AsyncIterable<EventSourceMessage>,
): AsyncGenerator<T> {
  for await (const { data, event, id } of messages) {
    const parsed = schema.safeParse({ type: event, id, data: parseJson(data) })
    if (parsed.success) yield parsed.data
  }
}

async function* goOn<T>(
  first: IteratorResult<T> | null,
  events: AsyncGenerator<T>,
): AsyncGenerator<T> {
  if (first?.done) return
  if (first !== null) yield first.value
  yield* events
}

class RemoteFollower<T> implements Follower<T> {
  readonly #events: AsyncGenerator<T>
  #resume = () => {}

  constructor(events: AsyncGenerator<T>) {
    this.#events = events
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#events
  }

  pipe(sink: FollowSink<T>): void {
    this.#write(sink).then(
      () => sink.end(),
      (error: unknown) => sink.end(error),
    )
  }

  resume(): void {
    this.#resume()
  }

  async #write(sink: FollowSink<T>): Promise<void> {
    for await (const event of this.#events) {
      const room = new Promise<void>((resolve) => {
        this.#resume = resolve
      })
      if (!sink.write(event)) await room
    }
  }
}
