import Table from 'cli-table3'
import { goalText, type Verdict } from '../verdict.js'
import { figure } from './figure.js'

/** The figures as a table for a terminal. */
export function tableText(verdicts: readonly Verdict[], against: string | null): string {
  const table = new Table({
    head: [
      'row',
      'figure',
      'baseline',
      'ours',
      ...(against === null ? [] : [against]),
      'ratio',
      'goal',
      '',
    ],
    style: { head: [], border: [] },
    wordWrap: true,
  })
  let before = ''
  for (const verdict of verdicts) {
    const { metric, row, unit } = verdict
    table.push([
      row === before ? '' : row,
      unit === '' ? metric : `${metric}, ${unit}`,
      figure(verdict.baseline),
      figure(verdict.ours),
      ...(against === null ? [] : [figure(verdict.against)]),
      figure(verdict.ratio),
      goalText(verdict),
      verdictText(verdict),
    ])
    before = row
  }
  return table.toString()
}

/** `met`, `missed`, or nothing where there is no goal. */
export function verdictText({ met }: Verdict): string {
  if (met === null) return ''
  return met ? 'met' : 'missed'
}
