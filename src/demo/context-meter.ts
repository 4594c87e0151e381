import { type Model, tokensOf, type Usage, usageOf } from './models.js'
import type { Random } from './random.js'

/** Share of the window at which the gateway compacts. */
const COMPACT_AT = 0.85
/** Tokens of conversation that stay readable after a compaction. */
const KEPT_TOKENS = 2_000

/** Counts what stands in the model's context: the system prompt, and all lines since the last compaction. */
export class ContextMeter {
  readonly #systemTokens: number
  #tokens: number
  /** How much of it the model has seen in an earlier call. */
  #known = 0

  constructor(systemTokens: number) {
    this.#systemTokens = systemTokens
    this.#tokens = systemTokens
  }

  get tokens(): number {
    return this.#tokens
  }

  add(text: string): void {
    this.#tokens += tokensOf(text)
  }

  /** Usage of a call that answers with this text, which then stands in the context too. */
  answer(model: Model, text: string, random: Random): Usage {
    const output = tokensOf(text) + random.int(4, 40)
    const usage = usageOf(model, { context: this.#tokens, known: this.#known, output }, random)
    this.#known = this.#tokens
    this.#tokens += output
    return usage
  }

  isFull(model: Model): boolean {
    return this.#tokens > model.contextWindow * COMPACT_AT
  }

  compact(summary: string): void {
    this.#tokens = this.#systemTokens + tokensOf(summary) + KEPT_TOKENS
    this.#known = 0
  }
}
