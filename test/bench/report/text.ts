import { machineText } from '../machine.js'
import { goalText } from '../verdict.js'
import { figure } from './figure.js'
import { missedOf, type Report } from './report.js'
import { tableText } from './table.js'

/** The report for a terminal. */
export function reportText(report: Report): string {
  const { against, at, machine, notes, quick, revision, rounds, verdicts } = report
  const lines = [
    machineText(machine),
    `${at}, commit ${revision}${against === null ? '' : `, against ${against}`}, median of ${rounds} rounds`,
    tableText(verdicts, against),
    ...notes.map((note) => `* ${note}`),
    ...(quick ? ['* --quick: smaller data; goals that speak of sizes are not proven by it.'] : []),
    '',
    missedText(report),
  ]
  return `${lines.join('\n')}\n`
}

function missedText(report: Report): string {
  const missed = missedOf(report)
  if (missed.length === 0) return 'Every goal is met.'
  const lines = missed.map((verdict) => {
    const { goal, metric, ours, ratio, row, unit } = verdict
    const found = goal?.of === 'ratio' ? `${figure(ratio)} × baseline` : `${figure(ours)} ${unit}`
    return `  ${row}, ${metric}: ${found.trim()}, goal ${goalText(verdict)}`
  })
  return `Missed:\n${lines.join('\n')}`
}
