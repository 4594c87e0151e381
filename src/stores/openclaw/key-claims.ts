import { Broadcast } from '../../system/broadcast.js'

/**
 * Keys that databases have, so that the files which an upgrade leaves behind do not show the same sessions a second time.
 * The store of databases writes it, the store of files beside it reads it.
 */
export class KeyClaims {
  /** Rings when keys came or went. */
  readonly bell = new Broadcast()
  readonly #ready: Promise<void>
  #tellReady: () => void = () => {}
  readonly #keys = new Map<string, ReadonlySet<string>>()

  constructor() {
    this.#ready = new Promise((resolve) => {
      this.#tellReady = resolve
    })
  }

  /** For a store that has no databases beside it. */
  static none(): KeyClaims {
    const claims = new KeyClaims()
    claims.looked()
    return claims
  }

  /** Resolves when all databases were looked at once, or could not be, or with the signal. */
  async whenReady(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#ready, aborted])
  }

  has(key: string): boolean {
    for (const keys of this.#keys.values()) if (keys.has(key)) return true
    return false
  }

  /** All keys that one database has; none when it is gone. One that cannot be read any more keeps those it had. */
  set(agent: string, keys: ReadonlySet<string>): void {
    const former = this.#keys.get(agent) ?? new Set()
    const isSame = former.size === keys.size && [...keys].every((key) => former.has(key))
    if (isSame) return
    this.#keys.set(agent, keys)
    this.bell.ring()
  }

  /** May be called many times. */
  looked(): void {
    this.#tellReady()
  }
}
