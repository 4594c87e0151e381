import type { FollowEvent } from '../../src/contract/event.js'
import type { Message } from '../../src/contract/message.js'

/** A client of a stream, as a page in a browser would be: what it shows, and the last id it has seen. */
export class Client {
  readonly messages: Message[] = []
  readonly resets: string[] = []
  lastId: string | undefined
  histories = 0
  /** Something came twice, or out of order. */
  broken: string | null = null

  take(event: FollowEvent): void {
    this.lastId = event.id
    if (event.type === 'reset') this.resets.push(event.data.reason)
    else if (event.type === 'history') {
      this.histories++
      this.messages.splice(0, Number.POSITIVE_INFINITY, ...event.data.messages)
    } else this.#append(event.data.message)
  }

  get ids(): (string | undefined)[] {
    return this.messages.map(({ __openclaw }) => __openclaw.id)
  }

  #append(message: Message): void {
    const last = this.messages.at(-1)?.__openclaw.seq ?? 0
    if (message.__openclaw.seq <= last)
      this.broken ??= `${message.__openclaw.seq} came after ${last}`
    this.messages.push(message)
  }
}
