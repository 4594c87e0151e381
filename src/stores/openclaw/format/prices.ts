import type { LineUsage } from './usage.js'

/** USD per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** `provider/model` or a bare model id, lower case → price. */
export type PriceTable = ReadonlyMap<string, Price>

const price = (input: number, output: number, cacheRead: number, cacheWrite: number): Price => ({
  input,
  output,
  cacheRead,
  cacheWrite,
})

/** List prices of common models, for lines that report no cost; a gateway's own configuration goes first. */
export const LIST_PRICES: PriceTable = new Map([
  ['claude-opus-4-1', price(15, 75, 1.5, 18.75)],
  ['claude-opus-4-5', price(5, 25, 0.5, 6.25)],
  ['claude-sonnet-4', price(3, 15, 0.3, 3.75)],
  ['claude-sonnet-4-5', price(3, 15, 0.3, 3.75)],
  ['claude-haiku-4-5', price(1, 5, 0.1, 1.25)],
  ['gpt-5', price(1.25, 10, 0.125, 0)],
  ['gpt-5-mini', price(0.25, 2, 0.025, 0)],
  ['gpt-4.1', price(2, 8, 0.5, 0)],
  ['gpt-4o', price(2.5, 10, 1.25, 0)],
  ['gemini-2.5-pro', price(1.25, 10, 0.31, 0)],
  ['gemini-2.5-flash', price(0.3, 2.5, 0.075, 0)],
])

/** Estimated USD of a call whose cost was not reported; `null` when the model is in no table. */
export function estimateCost(usage: LineUsage, prices: PriceTable): number | null {
  if (usage.model === null) return null
  const model = usage.model.toLowerCase()
  const found =
    prices.get(`${usage.provider?.toLowerCase()}/${model}`) ??
    prices.get(model) ??
    LIST_PRICES.get(model.replace(/^.*\//, '').replace(/-\d{8}$/, ''))
  if (found === undefined) return null
  const { input, output, cacheRead, cacheWrite } = usage
  return (
    (input * found.input +
      output * found.output +
      cacheRead * found.cacheRead +
      cacheWrite * found.cacheWrite) /
    1e6
  )
}
