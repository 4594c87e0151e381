import type { ActContext, Hold } from '../../contract/runtime.js'
import type { PolicyHold, PolicyHoldRecords } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'
import { PolicyHoldBook } from './policy-hold-book.js'
import type { GatewayRow } from './row.js'

/** What the holds need of the gateway. */
export interface HoldGateway {
  isLive(sessionKey: string): boolean
  /** The session's row now; `null`: there is none. */
  readRow(sessionKey: string): Promise<GatewayRow | null>
  setPolicy(sessionKey: string, policy: 'allow' | 'deny' | null): Promise<void>
  changed(sessionKey: string): void
}

/**
 * Pause, as far as a gateway without one has it: when the turn has ended the session refuses messages (`sendPolicy:
 * deny`); resume restores the policy that was there. Source: formats 2026.9 §4.
 */
export class GatewayHolds {
  readonly #gateway: HoldGateway
  readonly #book: PolicyHoldBook
  readonly #applying = new Set<string>()

  constructor(gateway: HoldGateway, records: PolicyHoldRecords) {
    this.#gateway = gateway
    this.#book = new PolicyHoldBook(records)
  }

  /** Takes in what was kept. Throws what the records throw. */
  async load(): Promise<void> {
    await this.#book.load()
    for (const { sessionKey } of this.#book.all()) this.#gateway.changed(sessionKey)
  }

  /** `null` while nothing is held: neither a turn that will be the last one, nor a session that refuses messages. */
  of(sessionKey: string): Hold | null {
    const kept = this.#book.get(sessionKey)
    if (kept === null || !(kept.applied || this.#gateway.isLive(sessionKey))) return null
    const { by, reason, sinceMs } = kept
    return { by, reason, sinceMs }
  }

  /** Throws `impossible_state` for a session that the gateway does not have. */
  async pause(sessionKey: string, { by, reason }: ActContext): Promise<void> {
    await this.#book.load()
    if (this.#book.get(sessionKey) === null) {
      const row = await this.#gateway.readRow(sessionKey)
      if (row === null)
        throw new SessionsError(
          'impossible_state',
          'The gateway has no such session, so there is nothing to hold: look at the list of the gateway.',
        )
      const earlierPolicy = row.sendPolicy ?? null
      const sinceMs = Date.now()
      await this.#book.set({ sessionKey, by, reason, sinceMs, applied: false, earlierPolicy })
    }
    await this.settle(sessionKey)
    this.#gateway.changed(sessionKey)
  }

  async resume(sessionKey: string): Promise<void> {
    await this.#book.load()
    const kept = this.#book.get(sessionKey)
    if (kept === null) return
    if (kept.applied) await this.#gateway.setPolicy(sessionKey, kept.earlierPolicy)
    await this.#book.delete(sessionKey)
    this.#gateway.changed(sessionKey)
  }

  /** Applies the hold if the session has one that waits and no turn that is live. */
  async settle(sessionKey: string): Promise<void> {
    const kept = this.#book.get(sessionKey)
    if (kept === null || kept.applied || this.#applying.has(sessionKey)) return
    if (this.#gateway.isLive(sessionKey)) return
    this.#applying.add(sessionKey)
    try {
      await this.#gateway.setPolicy(sessionKey, 'deny')
      await this.#apply(kept)
    } finally {
      this.#applying.delete(sessionKey)
    }
    this.#gateway.changed(sessionKey)
  }

  /** After a reconnect: holds whose turn ended meanwhile are applied, those that somebody lifted on the gateway are gone. */
  async review(rows: readonly GatewayRow[]): Promise<void> {
    await this.#book.load()
    const policies = new Map(rows.map(({ key, sendPolicy }) => [key, sendPolicy]))
    for (const { applied, sessionKey } of this.#book.all()) {
      if (!policies.has(sessionKey)) await this.#drop(sessionKey)
      else if (applied && policies.get(sessionKey) !== 'deny') await this.#drop(sessionKey)
      else await this.settle(sessionKey)
    }
  }

  /** Somebody else has set another policy, or deleted the session: a hold of ours that was applied is none any more. */
  async lift(sessionKey: string, isGone: boolean): Promise<void> {
    const kept = this.#book.get(sessionKey)
    if (kept === null || this.#applying.has(sessionKey)) return
    if (isGone || kept.applied) await this.#drop(sessionKey)
  }

  async #drop(sessionKey: string): Promise<void> {
    if (this.#book.get(sessionKey) === null) return
    await this.#book.delete(sessionKey)
    this.#gateway.changed(sessionKey)
  }

  /** Resumed in the meantime: then the policy is put back. */
  async #apply(kept: PolicyHold): Promise<void> {
    const { earlierPolicy, sessionKey } = kept
    if (this.#book.get(sessionKey) === kept) await this.#book.set({ ...kept, applied: true })
    else await this.#gateway.setPolicy(sessionKey, earlierPolicy)
  }
}
