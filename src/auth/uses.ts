import type { CredentialUses, UseRecords } from '../contract/state.js'
import { Latest } from '../system/latest.js'

/** How long a ticket lives on after its last disconnect. */
export const TICKET_IDLE_MS = 10 * 60_000
/** Used tickets remembered; beyond it the longest idle ones end early. Without a bound the file could grow for ever. */
const MAX_TICKETS = 10_000
/** What nobody waits for is written together, at most this often, and what could not be saved is tried again. */
const SAVE_INTERVAL_MS = 1000
/** While streams are open their tickets are written as alive this often, so that a crash does not age them by hours. */
const HEARTBEAT_MS = 60_000

export interface UsesOptions {
  readonly records: UseRecords
  readonly now: () => number
  /** Told when the uses could not be saved. They stay in memory and are tried again with the next change. */
  readonly onProblem: (error: unknown) => void
}

/** Which tickets are alive, and which logins were signed out: what their signatures cannot say. */
export class Uses {
  readonly #records: UseRecords
  readonly #now: () => number
  readonly #onProblem: (error: unknown) => void
  /** Ticket → when it was last connected; in the order of last use. */
  readonly #tickets = new Map<string, number>()
  readonly #connected = new Set<string>()
  readonly #endedLogins = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  readonly #file: Latest
  #dirty = false
  #savedMs: number

  private constructor({ records, now, onProblem }: UsesOptions, kept: CredentialUses) {
    this.#records = records
    this.#now = now
    this.#onProblem = onProblem
    for (const use of kept.tickets) this.#tickets.set(use.id, use.lastConnectedMs)
    for (const login of kept.endedLogins) this.#endedLogins.set(login.id, login.untilMs)
    this.#savedMs = now()
    this.#file = new Latest(() => this.#write())
    this.#timer = setInterval(() => this.#saveIfDue(), SAVE_INTERVAL_MS).unref()
  }

  static async load(options: UsesOptions): Promise<Uses> {
    return new Uses(options, await options.records.load())
  }

  /** `unused` has never opened a stream; `dead` did, too long ago. */
  ticketState(id: string): 'unused' | 'alive' | 'dead' {
    if (this.#connected.has(id)) return 'alive'
    const last = this.#tickets.get(id)
    if (last === undefined) return 'unused'
    // The clock was set back since: its ten minutes begin now, and not when the clock comes there again.
    if (last > this.#now()) this.#stamp(id)
    return last + TICKET_IDLE_MS > this.#now() ? 'alive' : 'dead'
  }

  /** Resolves when it is kept, or cannot be: after a crash a ticket that was used is not one that nobody came with. */
  async ticketConnected(id: string): Promise<void> {
    const isFirst = !this.#tickets.has(id)
    this.#connected.add(id)
    this.#stamp(id)
    this.#dirty = true
    if (isFirst) await this.#save()
  }

  ticketDisconnected(id: string): void {
    this.#connected.delete(id)
    this.#stamp(id)
    this.#dirty = true
  }

  /** In effect at once; resolves when it is kept. Throws what the records throw, and goes on trying. */
  async endLogin(id: string, untilMs: number): Promise<void> {
    this.#endedLogins.set(id, untilMs)
    this.#dirty = true
    await this.#file.save()
  }

  isLoginEnded(id: string): boolean {
    return this.#endedLogins.has(id)
  }

  /** Saves what is not saved yet. May be called twice. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#dirty || this.#connected.size > 0) await this.#save()
  }

  #stamp(id: string): void {
    this.#tickets.delete(id)
    this.#tickets.set(id, this.#now())
  }

  #saveIfDue(): void {
    const heartbeatDue = this.#connected.size > 0 && this.#now() - this.#savedMs >= HEARTBEAT_MS
    if (this.#dirty || heartbeatDue) void this.#save()
  }

  /** Never rejects. */
  #save(): Promise<void> {
    return this.#file.save().catch(this.#onProblem)
  }

  async #write(): Promise<void> {
    this.#dirty = false
    this.#savedMs = this.#now()
    this.#prune()
    try {
      await this.#records.save(this.#snapshot())
    } catch (error) {
      this.#dirty = true
      throw error
    }
  }

  #snapshot(): CredentialUses {
    const tickets = [...this.#tickets].map(([id, lastConnectedMs]) => ({ id, lastConnectedMs }))
    const endedLogins = [...this.#endedLogins].map(([id, untilMs]) => ({ id, untilMs }))
    return { version: 1, tickets, endedLogins }
  }

  #prune(): void {
    const now = this.#now()
    for (const id of this.#connected) this.#stamp(id)
    for (const [id, last] of this.#tickets) {
      const surplus = this.#tickets.size > MAX_TICKETS && !this.#connected.has(id)
      if (surplus || last + TICKET_IDLE_MS <= now) this.#tickets.delete(id)
    }
    for (const [id, until] of this.#endedLogins) if (until <= now) this.#endedLogins.delete(id)
  }
}
