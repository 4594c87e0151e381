/** Looks until it is so; fails after `withinMs`. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  withinMs = 5000,
): Promise<number> {
  const startedAt = performance.now()
  while (!(await isSo())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not so within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - startedAt
}
