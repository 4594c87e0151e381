import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { gatewayReason } from './refusal.js'

type Ask = (method: string, params: object, timeoutMs?: number) => Promise<unknown>

/** A gateway waits so long for the end of a run that it interrupts, before it answers. */
const INTERRUPT_MS = 20_000

/** What a gateway takes for an order to stop, and never for a turn. */
const STOP_COMMAND = '/stop'

const Aborted = z.object({ status: z.string().optional().catch(undefined) })

/** Ends runs by the gateway's own methods, with the turns that wait behind them where the release can. */
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

  /** `sessions.abort`. False: the gateway has no such run that can be aborted. Source: formats 2026.9 §4. */
  async abort(sessionKey: string, runId?: string): Promise<boolean> {
    const params = { key: sessionKey, ...(runId === undefined ? {} : { runId }) }
    if (!this.#clearsQueue) return this.#send(params)
    try {
      return await this.#send({ ...params, clearQueued: true })
    } catch (error) {
      if (!refusesParameter(error)) throw error
      this.#clearsQueue = false
      return this.#send(params)
    }
  }

  /**
   * Ends a run that is no chat turn. `sessions.abort` of 2026.4 does not find a sub-agent's, but `sessions.steer`
   * interrupts whatever the session runs before it begins another turn; with a stop command there is no other turn.
   * Resolves when the run is over.
   */
  async interrupt(sessionKey: string): Promise<void> {
    const params = { key: sessionKey, message: STOP_COMMAND, idempotencyKey: randomUUID() }
    await this.#ask('sessions.steer', params, INTERRUPT_MS)
  }

  async #send(params: object): Promise<boolean> {
    const answer = Aborted.safeParse(await this.#ask('sessions.abort', params))
    return answer.data?.status !== 'no-active-run'
  }
}

function refusesParameter(error: unknown): boolean {
  return (
    gatewayReason(error) === 'INVALID_REQUEST' &&
    error instanceof Error &&
    error.message.includes('clearQueued')
  )
}
