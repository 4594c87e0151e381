/** Most bytes of texts that are kept: the stores that change all the time, not every store that there is. */
const MAX_BYTES = 64 * 1024 * 1024

interface FormerText {
  readonly digests: Buffer
  readonly text: Buffer
}

/** The texts of the stores that were read last, to compare with what they are now. */
export class FormerTexts {
  readonly #maxBytes: number
  /** By path, the one read longest ago first. */
  readonly #texts = new Map<string, FormerText>()
  #bytes = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The text that these digests are of; `null` when it is not at hand. */
  recall(path: string, digests: Uint8Array): Buffer | null {
    const former = this.#texts.get(path)
    return former?.digests.equals(digests) ? former.text : null
  }

  remember(path: string, digests: Uint8Array, text: Buffer): void {
    this.#forget(path)
    if (text.length > this.#maxBytes) return
    this.#texts.set(path, { digests: Buffer.from(digests), text })
    this.#bytes += text.length
    for (const oldest of this.#texts.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#forget(oldest)
    }
  }

  #forget(path: string): void {
    this.#bytes -= this.#texts.get(path)?.text.length ?? 0
    this.#texts.delete(path)
  }
}
