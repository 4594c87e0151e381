import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a client sent: a request of its protocol. */
export interface Asked {
  readonly id: string
  readonly method: string
  readonly params: Record<string, unknown>
}

export type Answer = (asked: Asked, socket: WebSocket) => object | null

export interface FakeGatewayOptions {
  readonly protocol?: number
  /** Says hello only when `welcome()` is called. */
  readonly late?: boolean
  readonly tickIntervalMs?: number
  readonly port?: number
  /** What hello calls its state directory. */
  readonly stateDir?: string
  /** The refusal of `connect`, if it is to be refused. */
  readonly refuse?: (params: Record<string, unknown>) => object | null
}

/** A real WebSocket server that speaks the gateway's protocol as badly as a test wants it to. */
export class FakeGateway {
  readonly asked: Asked[] = []
  readonly sockets = new Set<WebSocket>()
  /** Payload of the answer by method; `null`: none is given. */
  readonly answers: Record<string, Answer> = {
    'sessions.subscribe': () => ({ subscribed: true }),
    'sessions.list': () => ({ sessions: this.rows }),
  }
  rows: object[] = []
  /** List calls that have not been answered, and the most of them at one time. */
  #lists = 0
  mostLists = 0
  readonly #options: FakeGatewayOptions
  readonly #server: WebSocketServer
  readonly #waiting: (() => void)[] = []

  private constructor(server: WebSocketServer, options: FakeGatewayOptions) {
    this.#server = server
    this.#options = options
    server.on('connection', (socket) => this.#meet(socket))
  }

  static async start(t: Test, options: FakeGatewayOptions = {}): Promise<FakeGateway> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: options.port ?? 0 })
    const gateway = new FakeGateway(server, options)
    await once(server, 'listening')
    t.teardown(() => gateway.close())
    return gateway
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  methods(): string[] {
    return this.asked.map(({ method }) => method)
  }

  emit(event: string, payload: object, seq?: number): void {
    this.write(
      JSON.stringify({ type: 'event', event, payload, ...(seq === undefined ? {} : { seq }) }),
    )
  }

  write(text: string): void {
    for (const socket of this.sockets) socket.send(text)
  }

  welcome(): void {
    for (const greet of this.#waiting.splice(0)) greet()
  }

  /** Frees the port at once. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #meet(socket: WebSocket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('message', (data) => this.#hear(socket, JSON.parse(String(data))))
    socket.send(
      JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n1' } }),
    )
  }

  #hear(socket: WebSocket, asked: Asked): void {
    this.asked.push(asked)
    if (asked.method === 'connect') this.#greet(socket, asked)
    else this.#answer(socket, asked)
  }

  #greet(socket: WebSocket, { id, params }: Asked): void {
    const { late = false, refuse = () => null } = this.#options
    const error = refuse(params)
    const greet = () =>
      error === null
        ? socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: this.#hello() }))
        : socket.send(JSON.stringify({ type: 'res', id, ok: false, error }))
    if (late) this.#waiting.push(greet)
    else greet()
  }

  #hello(): object {
    const { protocol = 4, stateDir, tickIntervalMs = 30_000 } = this.#options
    const features = { methods: ['sessions.list', 'sessions.abort'], events: [] }
    const policy = { maxPayload: 10_000, tickIntervalMs }
    const snapshot = { ...(stateDir === undefined ? {} : { stateDir }) }
    return { type: 'hello-ok', protocol, server: { version: '0.0.0' }, features, snapshot, policy }
  }

  #answer(socket: WebSocket, asked: Asked): void {
    const isList = asked.method === 'sessions.list'
    if (isList) this.mostLists = Math.max(this.mostLists, ++this.#lists)
    const answer = this.answers[asked.method]?.(asked, socket) ?? null
    // An answer takes a turn of the loop, so that calls can overlap if a client lets them.
    setTimeout(() => {
      if (isList) this.#lists--
      if (answer !== null)
        socket.send(JSON.stringify({ type: 'res', id: asked.id, ...wrap(answer) }))
    }, 5)
  }
}

function wrap(answer: object): object {
  return 'error' in answer ? { ok: false, ...answer } : { ok: true, payload: answer }
}
