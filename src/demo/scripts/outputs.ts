import type { Random } from '../random.js'
import { BOOKS, decimal, NEIGHBOURS, PARTS, two } from './words.js'

/** Long outputs of tools: the kind that fills a context, 10 to 40 KB each. */

/** One reading a minute of a tide gauge, as the gauge prints them. */
export function gaugeLog(random: Random, readings: number): string {
  const lines = ['time,level_m,wind_kn,wind_from,battery_v']
  let level = 1.2 + random.next()
  for (let minute = 0; minute < readings; minute++) {
    level += Math.sin(minute / 90) * 0.012 + (random.next() - 0.5) * 0.004
    const from = random.pick(['SW', 'WSW', 'W', 'SSW'])
    lines.push(
      `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)},${level.toFixed(3)},${random.int(4, 22)},${from},${decimal(random, 12.1, 12.8)}`,
    )
  }
  return lines.join('\n')
}

/** Loans as the catalogue exports them. */
export function loanExport(random: Random, loans: number): string {
  const lines = ['card\tborrower\ttitle\tdue\trenewals']
  for (let loan = 0; loan < loans; loan++) {
    const card = `EM-${random.int(10_000, 99_999)}`
    const due = `2026-${two(random.int(9, 12))}-${two(random.int(1, 28))}`
    lines.push(
      [card, random.pick(NEIGHBOURS), random.pick(BOOKS), due, random.int(0, 3)].join('\t'),
    )
  }
  return lines.join('\n')
}

/** Output of the lantern firmware's tests. */
export function testRun(random: Random, tests: number, failed: number): string {
  const lines = ['lantern-fw self test', `board rev C, ${tests} tests`, '']
  const failing = new Set(Array.from({ length: failed }, () => random.int(1, tests)))
  for (let n = 1; n <= tests; n++) {
    const name = `${random.pick(['pwm', 'lux', 'rtc', 'radio', 'flash', 'power'])}/${random.pick(['ramps to target', 'survives brown-out', 'rejects stale frame', 'keeps time over reset', 'sleeps under 40 µA'])}`
    lines.push(`${failing.has(n) ? 'not ok' : 'ok'} ${n} - ${name} (${random.int(1, 240)} ms)`)
    if (failing.has(n)) {
      lines.push(
        `  expected 0x${random.hex(8)}`,
        `  received 0x${random.hex(8)}`,
        `  at test/lantern.c:${random.int(40, 900)}`,
      )
    }
  }
  lines.push('', `# pass ${tests - failing.size}`, `# fail ${failing.size}`)
  return lines.join('\n')
}

/** What lies on the shelves of the workshop. */
export function stockList(random: Random, rows: number): string {
  const lines = ['shelf  part                      on hand  last counted']
  for (let row = 0; row < rows; row++) {
    const shelf = `${random.pick(['A', 'B', 'C', 'D'])}${two(random.int(1, 40))}`
    const part = `${random.pick(PARTS)} ${random.int(4, 60)} mm`
    lines.push(
      `${shelf.padEnd(7)}${part.padEnd(26)}${String(random.int(0, 48)).padStart(7)}  2026-${two(random.int(1, 11))}`,
    )
  }
  return lines.join('\n')
}
