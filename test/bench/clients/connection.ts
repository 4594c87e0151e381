import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Endpoint, requestBytes } from './endpoint.js'

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * A kept-alive HTTP/1.1 connection with one request at a time, for answers that say their length. It does less than any
 * client library, so that what is measured is the server.
 */
export class Connection {
  readonly #endpoint: Endpoint
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #received = 0
  /** Bytes of the whole answer; `null` until its head is there. */
  #expected: number | null = null
  #head: Omit<Answer, 'body'> | null = null
  #headBytes = 0
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null

  private constructor(endpoint: Endpoint, socket: Socket) {
    this.#endpoint = endpoint
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(endpoint: Endpoint): Promise<Connection> {
    const socket = connect(endpoint.port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(endpoint, socket)
  }

  /** Throws for another status than 200 and 304. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await this.send(requestBytes(this.#endpoint, path, headers))
    if (answer.status === 200 || answer.status === 304) return answer
    throw new Error(`${path} answered ${answer.status}: ${answer.body.subarray(0, 300)}`)
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#expected === null) this.#readHead()
    if (this.#head === null || this.#expected === null || this.#received < this.#expected) return
    const body = Buffer.concat(this.#chunks).subarray(this.#headBytes)
    const { resolve } = this.#waiting ?? {}
    const answer = { ...this.#head, body }
    this.#chunks = []
    this.#received = 0
    this.#expected = null
    this.#head = null
    resolve?.(answer)
  }

  #readHead(): void {
    const bytes = Buffer.concat(this.#chunks)
    const end = bytes.indexOf(HEAD_END)
    if (end === -1) return
    const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
    const headers = new Map(lines.map(headerOf))
    const status = Number(first.split(' ')[1])
    const length = status === 304 ? 0 : Number(headers.get('content-length'))
    if (Number.isNaN(length)) throw new Error('an answer without content-length')
    this.#head = { status, headers }
    this.#headBytes = end + HEAD_END.length
    this.#expected = this.#headBytes + length
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error)
    this.#waiting = null
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
