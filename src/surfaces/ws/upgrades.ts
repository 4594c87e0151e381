import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { closeSoon, responseOn, serveAnew, tend, whenAnswered } from './http-socket.js'

/** A request to upgrade, before anybody has answered it. */
export interface Upgrade {
  readonly socket: Duplex
  /** Bytes that came after the headers already. */
  readonly head: Buffer
  /** Lets go of what a plain answer would have been written with; to be called before upgrading. */
  readonly detach: () => void
}

/** Whether a request target is one of ours. */
export type Taker = (url: string) => boolean

/**
 * The upgrade requests of one HTTP server that are ours; those for other paths stay the host's. One listener serves all
 * mounts of a server.
 */
export class Upgrades {
  static readonly #ofServer = new WeakMap<Server, Upgrades>()
  readonly #server: Server
  readonly #takers = new Set<Taker>()
  readonly #pending = new WeakMap<IncomingMessage, Upgrade>()
  readonly #listener = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#arrived(request, socket, head)

  private constructor(server: Server) {
    this.#server = server
  }

  static of(server: Server): Upgrades {
    const known = Upgrades.#ofServer.get(server)
    if (known !== undefined) return known
    const made = new Upgrades(server)
    Upgrades.#ofServer.set(server, made)
    return made
  }

  /** Lets these requests come to the router of the server as plain ones, to be claimed there. */
  add(taker: Taker): void {
    if (this.#takers.size === 0) this.#server.on('upgrade', this.#listener)
    this.#takers.add(taker)
  }

  remove(taker: Taker): void {
    this.#takers.delete(taker)
    if (this.#takers.size === 0) this.#server.off('upgrade', this.#listener)
  }

  /** The upgrade that a request of the router is about, once; `null` for a plain request. */
  claim(request: IncomingMessage): Upgrade | null {
    const upgrade = this.#pending.get(request) ?? null
    this.#pending.delete(request)
    return upgrade
  }

  #arrived(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ours = [...this.#takers].some((takes) => takes(request.url ?? ''))
    const isShared = this.#server.listenerCount('upgrade') > 1
    const earlier = responseOn(socket)
    if (earlier?.req === request) {
      // A plugin of the host brings every upgrade to the router itself, and has answered for this one already.
      if (ours) this.#pending.set(request, { socket, head, detach: () => {} })
    } else if (earlier !== null) this.#close(socket, ours || !isShared)
    // With no other listener Node would have answered a foreign request as a plain one: so do we.
    else if (ours || !isShared) this.#answer(request, socket, head, ours)
  }

  /**
   * A request to upgrade that came right behind another one, whose answer is under way. Nobody can answer it, and Node
   * has forgotten the connection: it is closed after that answer. The client may ask again on a new one (RFC 9112 §9.3.2).
   */
  #close(socket: Duplex, isMine: boolean): void {
    if (isMine) this.#tend(socket)
    whenAnswered(socket, () => {
      if (isMine || !isRead(socket)) closeSoon(socket)
    })
  }

  #answer(request: IncomingMessage, socket: Duplex, head: Buffer, ours: boolean): void {
    if (!ours && hasBody(request)) {
      serveAnew(this.#server, request, socket, head)
      return
    }
    const response = new ServerResponse(request)
    response.assignSocket(socket as Socket)
    // Node reads no second request off this socket.
    response.shouldKeepAlive = false
    response.once('finish', () => closeSoon(socket))
    if (ours) {
      const detach = () => response.detachSocket(socket as Socket)
      this.#pending.set(request, { socket, head, detach })
      socket.on('error', () => socket.destroy())
    } else this.#tend(socket)
    this.#server.emit('request', request, response)
  }

  /** Reads on as well: what comes is of no use, but without it nobody sees the client end. */
  #tend(socket: Duplex): void {
    tend(socket, this.#server)
    socket.resume()
  }
}

/** Whether anybody has taken the connection for another protocol. */
function isRead(socket: Duplex): boolean {
  return socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
