import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** One block of AES. */
const ID_BYTES = 16
const EPOCH_BYTES = 6
/** Of the number of an entry: enough for a million events a second for eight years. */
const NUMBER_BYTES = 6
const PARTIAL_AT = EPOCH_BYTES + NUMBER_BYTES

/** A place in the log of this process. */
export interface LogPlace {
  /** Number of the entry. */
  readonly n: number
  /** True when more of the entry was to come: it is told again. */
  readonly partial: boolean
}

/**
 * Ids of places in the event log: the number of the entry, encrypted, so that the gaps between two ids do not tell how
 * much happened that their reader may not see. The same place always has the same id. A block cipher over exactly one
 * block needs no mode, and authenticates by itself: a text that was not made here opens to this process and the zeros once
 * in 2^72 tries. Source: Bellare and Rogaway, "Encode-Then-Encipher Encryption".
 */
export class EventIds {
  readonly #encrypt: (block: Uint8Array) => Buffer
  readonly #decrypt: (block: Uint8Array) => Buffer
  /** Of this process: its log ends with it. */
  readonly #epoch = randomBytes(EPOCH_BYTES)
  #last = { n: -1, id: '' }

  constructor(secret: Uint8Array) {
    const key = Buffer.from(hkdfSync('sha256', secret, '', 'event ids', ID_BYTES))
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    // Without padding each block is answered at once, and the ciphers never end.
    this.#encrypt = (block) => cipher.update(block)
    this.#decrypt = (block) => decipher.update(block)
  }

  /** Of the place after entry `n`; `partial`: of one in the middle of it. */
  of(n: number, partial = false): string {
    if (partial) return this.#seal(n, true)
    // Nearly all lists ask for the newest place again.
    if (this.#last.n !== n) this.#last = { n, id: this.#seal(n, false) }
    return this.#last.id
  }

  /** The place, or `null` when the id is of another process, or of nobody. */
  open(id: string): LogPlace | null {
    const sealed = Buffer.from(id, 'base64url')
    if (sealed.length !== ID_BYTES) return null
    const block = this.#decrypt(sealed)
    const flag = block[PARTIAL_AT]
    const isOurs =
      this.#epoch.equals(block.subarray(0, EPOCH_BYTES)) &&
      block.subarray(PARTIAL_AT + 1).every((byte) => byte === 0) &&
      (flag === 0 || flag === 1)
    return isOurs ? { n: block.readUIntBE(EPOCH_BYTES, NUMBER_BYTES), partial: flag === 1 } : null
  }

  #seal(n: number, partial: boolean): string {
    const block = Buffer.alloc(ID_BYTES)
    this.#epoch.copy(block)
    block.writeUIntBE(n, EPOCH_BYTES, NUMBER_BYTES)
    if (partial) block[PARTIAL_AT] = 1
    return this.#encrypt(block).toString('base64url')
  }
}
