import { gatewayReason } from './refusal.js'

type Ask = (method: string, params: object) => Promise<unknown>

/** `sessions.abort`, queued turns cleared too where the release can. Source: formats 2026.9 §4. */
export class Abortion {
  readonly #ask: Ask
  /** Releases before 2026.9 refuse the parameter by name; nothing in hello tells. */
  #clearsQueue = true

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Another release may have come with a new connection. */
  reset(): void {
    this.#clearsQueue = true
  }

  async abort(sessionKey: string, runId?: string): Promise<void> {
    const params = { key: sessionKey, ...(runId === undefined ? {} : { runId }) }
    if (!this.#clearsQueue) return this.#send(params)
    try {
      await this.#send({ ...params, clearQueued: true })
    } catch (error) {
      if (!refusesParameter(error)) throw error
      this.#clearsQueue = false
      await this.#send(params)
    }
  }

  async #send(params: object): Promise<void> {
    await this.#ask('sessions.abort', params)
  }
}

function refusesParameter(error: unknown): boolean {
  return (
    gatewayReason(error) === 'INVALID_REQUEST' &&
    error instanceof Error &&
    error.message.includes('clearQueued')
  )
}
