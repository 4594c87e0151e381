import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Agent, request } from 'undici'
import { FollowEvent } from '../../src/contract/event.js'
import { DEADLINE_MS } from '../until.js'

/** Longest that a test waits for something that must come. */

/** Reads an event stream as the bytes it is: nothing of it is interpreted by a library that may forgive mistakes. */
export class RawStream {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly #body: AsyncIterator<Buffer>
  readonly #agent: Agent
  #text = ''

  private constructor(answer: Awaited<ReturnType<typeof request>>, agent: Agent) {
    this.status = answer.statusCode
    this.headers = answer.headers
    this.#body = answer.body[Symbol.asyncIterator]()
    this.#agent = agent
  }

  static async open(url: string, headers: Record<string, string>): Promise<RawStream> {
    const dispatcher = new Agent()
    const answer = await request(url, { headers, dispatcher })
    return new RawStream(answer, dispatcher)
  }

  /** The next block, without the blank line that ends it; `null` when the server ended the stream. */
  async block(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return block
      }
      const chunk = await beforeDeadline(this.#body.next(), 'a chunk of the stream')
      if (chunk.done) return null
      this.#text += chunk.value.toString()
    }
  }

  /** The next event, checked against the contract; signs of life are passed over. */
  async event(): Promise<FollowEvent> {
    for (;;) {
      const block = await this.block()
      if (block === null) throw new Error('the stream ended')
      if (block.startsWith('id: ')) return parseEvent(block)
    }
  }

  /** Resolves when the server ends the stream. */
  async ended(): Promise<void> {
    while ((await this.block()) !== null);
  }

  /** Drops the connection. A pool of its own: a shared one would connect anew and hold up the server's close. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}

function parseEvent(block: string): FollowEvent {
  const match = /^id: ([^\n]+)\nevent: ([^\n]+)\ndata: ([^\n]+)$/.exec(block)
  if (match === null) throw new Error(`not an event: ${block}`)
  const [, id = '', type = '', data = ''] = match
  return FollowEvent.parse({ id, type, data: JSON.parse(data) })
}

/** A client on a bare socket that sends a request and reads nothing until it is told to. */
export async function silentClient(url: string, headers: Record<string, string>): Promise<Socket> {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  socket.pause()
  const lines = Object.entries({ host: `${hostname}:${port}`, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines}\r\n`)
  return socket
}

export async function beforeDeadline<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), DEADLINE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
