import type { Endpoint } from '../clients/endpoint.js'

/** Gauges of what is held for followers. */
const HELD = /follower|stream|subscription|watch/

/** Values of those gauges by name and labels; `null` where `/metrics` is not served. */
export async function readGauges({
  port,
  headers,
}: Endpoint): Promise<ReadonlyMap<string, number> | null> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: headers.authorization ?? '', connection: 'close' },
  })
  const text = await response.text()
  if (!response.ok) return null
  const names = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name = '']) => name)
  const held = names.filter((name) => HELD.test(name))
  return new Map(
    [...text.matchAll(/^(\w+)(\{.*\})? (\S+)$/gm)]
      .filter(([, name = '']) => held.includes(name))
      .map(([, name, labels = '', value]) => [`${name}${labels}`, Number(value)]),
  )
}

/** What stands higher than before, added up. */
export function differenceOf(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  let sum = 0
  for (const [name, value] of after) sum += Math.max(0, value - (before.get(name) ?? 0))
  return sum
}
