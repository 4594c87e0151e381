import type { CurvePoint } from '../curve.js'
import type { Machine } from '../machine.js'
import type { Verdict } from '../verdict.js'

/** Everything that a run found. */
export interface Report {
  /** ISO 8601. */
  readonly at: string
  readonly machine: Machine
  /** Commit of the work tree that was measured. */
  readonly revision: string
  /** The other revision that was measured; `null` for none. */
  readonly against: string | null
  readonly rounds: number
  /** The figures are of smaller data, and not those of the goals. */
  readonly quick: boolean
  readonly verdicts: readonly Verdict[]
  readonly notes: readonly string[]
  readonly curve: readonly CurvePoint[]
}

/** The goals that were not reached. */
export function missedOf({ verdicts }: Pick<Report, 'verdicts'>): Verdict[] {
  return verdicts.filter(({ met }) => met === false)
}
