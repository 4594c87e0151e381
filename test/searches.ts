/** How much deeper than `npm test` the searches go; `npm run soak` sets it. */
const DEPTH = Number(process.env.SEARCH_DEPTH ?? 1)

/** So many tries of something that is searched at random, or that many times the depth. */
export function deeper(tries: number): number {
  return tries * DEPTH
}

/** Parameters of a property: it is tried on so many inputs. None is interrupted: fewer inputs than these would prove less. */
export function searches(inputs: number): { readonly numRuns: number } {
  return { numRuns: deeper(inputs) }
}
