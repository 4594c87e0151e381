import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type * as z from 'zod'
import { parseJson } from '../system/well-formed.js'

/** Longest sealed text that is looked at; ours have some 200 characters. Longer ones would be hashed for nothing. */
const MAX_SEALED_CHARS = 2048
const KEY_BYTES = 32

/**
 * Seals small facts so that they can be handed out and recognised again: `<base64url JSON>.<base64url HMAC-SHA-256>`.
 * Facts that both sides know anyway are `bound`: signed over, but not sent.
 */
export class Signer<T> {
  readonly #key: Buffer
  readonly #schema: z.ZodType<T>

  /** `purpose` gives each kind of seal its own key, so that one can never pass for another. */
  constructor(secret: Uint8Array, purpose: string, schema: z.ZodType<T>) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES))
    this.#schema = schema
  }

  seal(facts: T, bound: readonly string[]): string {
    const payload = Buffer.from(JSON.stringify(facts)).toString('base64url')
    return `${payload}.${this.#mac(payload, bound).toString('base64url')}`
  }

  /** The facts, or `null` when the text is not a seal of ours over what `bound` says of them (`null`: over nothing). */
  open(text: string, bound: (facts: T) => readonly string[] | null): T | null {
    const [payload, mac, ...rest] = text.length > MAX_SEALED_CHARS ? [] : text.split('.')
    if (payload === undefined || mac === undefined || rest.length > 0) return null
    const facts = this.#decode(payload)
    const over = facts === null ? null : bound(facts)
    if (over === null) return null
    const given = Buffer.from(mac, 'base64url')
    const expected = this.#mac(payload, over)
    return given.length === expected.length && timingSafeEqual(given, expected) ? facts : null
  }

  /** The facts that a text claims. Anybody can write them: nothing is to be given for them. */
  peek(text: string): T | null {
    return text.length > MAX_SEALED_CHARS ? null : this.#decode(text.split('.')[0] ?? '')
  }

  /** A value that only the holder of the key can derive from `text`. */
  derive(text: string): string {
    return this.#mac('', [text]).toString('base64url')
  }

  #decode(payload: string): T | null {
    try {
      const parsed = this.#schema.safeParse(
        parseJson(Buffer.from(payload, 'base64url').toString('utf8')),
      )
      return parsed.success ? parsed.data : null
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  }

  /** Signs the parts as JSON: no two lists of parts have the same text. */
  #mac(payload: string, bound: readonly string[]): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([payload, ...bound]))
      .digest()
  }
}
