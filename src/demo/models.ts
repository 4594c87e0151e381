import type { Random } from './random.js'

/** USD per million tokens. */
export interface DemoPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

export interface Model {
  readonly provider: string
  readonly id: string
  readonly name: string
  readonly api: string
  readonly contextWindow: number
  readonly maxTokens: number
  readonly cost: DemoPrice
}

/** Thinks and costs; the windows are small so that compactions can be watched. */
export const HERON: Model = {
  provider: 'heron',
  id: 'heron-large',
  name: 'Heron Large',
  api: 'openai-completions',
  contextWindow: 64_000,
  maxTokens: 8_192,
  cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
}

export const WREN: Model = {
  provider: 'wren',
  id: 'wren-small',
  name: 'Wren Small',
  api: 'openai-completions',
  contextWindow: 32_000,
  maxTokens: 4_096,
  cost: { input: 0.25, output: 1.25, cacheRead: 0.025, cacheWrite: 0.3125 },
}

export const MODELS: readonly Model[] = [HERON, WREN]

export interface DemoUsage extends DemoPrice {
  readonly totalTokens: number
  readonly cost: DemoPrice & { readonly total: number }
}

export const NO_USAGE: DemoUsage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 0,
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
}

/** About four characters a token, as everybody's rule of thumb has it. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}

/**
 * What one call is billed: the context that was already sent before comes from the cache for the most part, the rest is
 * new input.
 */
export function demoUsageOf(
  model: Model,
  tokens: { context: number; known: number; output: number },
  random: Random,
): DemoUsage {
  const cacheRead = Math.floor(Math.min(tokens.known, tokens.context) * (0.8 + 0.2 * random.next()))
  const fresh = tokens.context - cacheRead
  const cacheWrite = Math.floor(fresh * 0.3)
  const counts = { input: fresh - cacheWrite, output: tokens.output, cacheRead, cacheWrite }
  const cost = priceOf(counts, model.cost)
  return { ...counts, totalTokens: tokens.context + tokens.output, cost }
}

function priceOf(counts: DemoPrice, price: DemoPrice): DemoUsage['cost'] {
  const input = (counts.input * price.input) / 1e6
  const output = (counts.output * price.output) / 1e6
  const cacheRead = (counts.cacheRead * price.cacheRead) / 1e6
  const cacheWrite = (counts.cacheWrite * price.cacheWrite) / 1e6
  return { input, output, cacheRead, cacheWrite, total: input + output + cacheRead + cacheWrite }
}
