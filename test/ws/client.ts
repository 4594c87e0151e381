import { once } from 'node:events'
import type { Test } from 'tap'
import { type ClientOptions, WebSocket } from 'ws'
import { EventFrame, HelloOk, ResponseFrame, type WsError } from '../../src/contract/ws.js'
import { until } from '../until.js'

export interface Closed {
  readonly code: number
  readonly reason: string
}

type Waiter = { readonly resolve: (frame: ResponseFrame) => void }

/** A client that is not ours in anything but this file: it checks every frame against the contract. */
export class Client {
  readonly events: EventFrame[] = []
  readonly responses: ResponseFrame[] = []
  readonly closed: Promise<Closed>
  readonly socket: WebSocket
  readonly #waiting = new Map<string, Waiter>()
  #next = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.#read(String(data)))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
  }

  /** Connects as far as the challenge; rejects with the status of a refused upgrade. */
  static async dial(t: Test, url: string, options: ClientOptions = {}): Promise<Client> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}`, options)
    const client = new Client(socket)
    t.teardown(() => socket.terminate())
    const [refused] = await Promise.race([
      once(socket, 'open').then(() => []),
      once(socket, 'unexpected-response').then(([, response]) => [response.statusCode]),
    ])
    if (refused !== undefined) throw new Error(`upgrade refused: ${refused}`)
    await client.event('connect.challenge')
    return client
  }

  request(method: string, params?: unknown, id = `r${++this.#next}`): Promise<ResponseFrame> {
    const answered = new Promise<ResponseFrame>((resolve) => {
      this.#waiting.set(id, { resolve })
    })
    this.socket.send(JSON.stringify({ type: 'req', id, method, params }))
    return answered
  }

  /** The payload of an answer that must be good. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads of every shape
  async ask(method: string, params: unknown = {}): Promise<any> {
    const answer = await this.request(method, params)
    if (answer.ok) return answer.payload
    throw new Error(`${method} failed: ${JSON.stringify(answer.error)}`)
  }

  /** The error of an answer that must be one. */
  async fail(method: string, params?: unknown): Promise<WsError> {
    const answer = await this.request(method, params)
    if (!answer.ok) return answer.error
    throw new Error(`${method} did not fail`)
  }

  async connect(token: string | undefined, more: Record<string, unknown> = {}): Promise<HelloOk> {
    return HelloOk.parse(await this.ask('connect', connectParams(token, more)))
  }

  /** The first event of this name that fits, waiting for it. */
  async event(
    name: string,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    fits: (payload: any) => boolean = () => true,
    // biome-ignore lint/suspicious/noExplicitAny: as above
  ): Promise<any> {
    const find = () => this.events.find(({ event, payload }) => event === name && fits(payload))
    await until(() => find() !== undefined)
    return find()?.payload
  }

  close(): void {
    this.socket.close()
  }

  #read(text: string): void {
    const frame = JSON.parse(text)
    if (frame.type === 'event') {
      this.events.push(EventFrame.parse(frame))
      return
    }
    const response = ResponseFrame.parse(frame)
    this.responses.push(response)
    this.#waiting.get(response.id)?.resolve(response)
    this.#waiting.delete(response.id)
  }
}

export function connectParams(token: string | undefined, more: Record<string, unknown> = {}) {
  return {
    minProtocol: 3,
    maxProtocol: 4,
    client: { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' },
    role: 'operator',
    caps: [],
    ...(token === undefined ? {} : { auth: { token } }),
    ...more,
  }
}
