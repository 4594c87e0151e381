import { SessionsError } from '../../errors.js'
import type { Response } from './frame.js'
import { refusalOf } from './refusal.js'

/** Requests on their way at the same time. A gateway that stops answering must not be given ever more to do. */
export const MAX_PENDING = 256

interface Pending {
  readonly method: string
  readonly timer: NodeJS.Timeout
  resolve(payload: unknown): void
  reject(error: SessionsError): void
}

/** Requests of one connection that have not been answered; each ends by its answer, its deadline, or the connection's end. */
export class PendingRequests {
  readonly #requests = new Map<string, Pending>()
  #count = 0

  get size(): number {
    return this.#requests.size
  }

  /** `send` is given the id. Throws `no_runtime` when too many are on their way. */
  add(method: string, timeoutMs: number, send: (id: string) => void): Promise<unknown> {
    if (this.#requests.size >= MAX_PENDING)
      throw new SessionsError(
        'no_runtime',
        `The gateway has not answered ${MAX_PENDING} requests: wait until it does.`,
        { retryAfterSeconds: 5 },
      )
    const id = String(++this.#count)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(id, timeoutMs), timeoutMs)
      this.#requests.set(id, { method, timer, resolve, reject })
      send(id)
    })
  }

  /** Late answers, and answers to nothing, are dropped. */
  settle({ error, id, ok, payload }: Response): void {
    const request = this.#take(id)
    if (request === undefined) return
    if (ok) request.resolve(payload)
    else request.reject(refusalOf(request.method, error ?? { code: 'UNKNOWN', message: '' }))
  }

  failAll(error: SessionsError): void {
    for (const id of [...this.#requests.keys()]) this.#take(id)?.reject(error)
  }

  #expire(id: string, ms: number): void {
    const request = this.#take(id)
    request?.reject(
      new SessionsError(
        'no_runtime',
        `The gateway did not answer ${request.method} within ${ms} ms: look at its log, then try again.`,
        { retryAfterSeconds: 5 },
      ),
    )
  }

  #take(id: string): Pending | undefined {
    const request = this.#requests.get(id)
    if (request === undefined) return undefined
    this.#requests.delete(id)
    clearTimeout(request.timer)
    return request
  }
}
