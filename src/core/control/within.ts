/** What a promise gives within `ms`, or `late`. Nobody hears of it when it rejects after that. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<{ value: T } | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), 'late')
  })
  const inTime = promise.then((value) => ({ value }))
  inTime.catch(() => undefined)
  try {
    return await Promise.race([inTime, late])
  } finally {
    clearTimeout(timer)
  }
}
