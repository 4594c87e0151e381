/** So long may a loaded machine take. Something that never comes is what fails a test, not something slow. */
export const DEADLINE_MS = 60_000

/** Looks until it is so; fails after `withinMs`. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  withinMs = DEADLINE_MS,
): Promise<void> {
  const startedAt = performance.now()
  while (!(await isSo())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not so within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
