import type { Goal, Metric, Row, Sample } from './row.js'
import { median } from './statistics.js'

/** Samples of one row, by variant. */
export interface Rounds {
  readonly baseline: readonly Sample[]
  readonly ours: readonly Sample[]
  /** Of another revision; empty without `--against`. */
  readonly against: readonly Sample[]
}

/** One line of the table: medians of one metric, and whether its goal is met. */
export interface Verdict {
  readonly row: string
  readonly title: string
  readonly metric: string
  readonly unit: string
  readonly baseline: number | null
  readonly ours: number | null
  readonly against: number | null
  /** Ours to the baseline. */
  readonly ratio: number | null
  readonly goal: Goal | null
  /** `null`: there is no goal. */
  readonly met: boolean | null
}

/** What the rounds of a row come to. */
export function verdictsOf(row: Row, rounds: Rounds): Verdict[] {
  return row.metrics.map((metric) => verdictOf(row, metric, rounds))
}

function verdictOf(row: Row, metric: Metric, rounds: Rounds): Verdict {
  const { name, unit } = metric
  const goal = metric.goal ?? null
  const baseline = medianOf(rounds.baseline, name)
  const ours = medianOf(rounds.ours, name)
  const ratio = baseline === null || ours === null ? null : ours / baseline
  return {
    row: row.name,
    title: row.title,
    metric: name,
    unit,
    baseline,
    ours,
    against: medianOf(rounds.against, name),
    ratio,
    goal,
    met: goal === null ? null : isMet(goal, goal.of === 'ratio' ? ratio : ours),
  }
}

/** What could not be measured is not met. */
function isMet({ atLeast, atMost }: Goal, figure: number | null): boolean {
  if (figure === null) return false
  return figure >= (atLeast ?? figure) && figure <= (atMost ?? figure)
}

function medianOf(samples: readonly Sample[], metric: string): number | null {
  const values = samples.flatMap((sample) => sample[metric] ?? [])
  return values.length === 0 ? null : median(values)
}

/** A goal in words: `≤ 1.3×`, `≥ 0.65×` of the baseline, or a value with its unit. */
export function goalText({ goal, unit }: Pick<Verdict, 'goal' | 'unit'>): string {
  if (goal === null) return ''
  const [sign, bound] = goal.atLeast === undefined ? ['≤', goal.atMost] : ['≥', goal.atLeast]
  return goal.of === 'ratio' ? `${sign} ${bound} × baseline` : `${sign} ${bound} ${unit}`.trim()
}
