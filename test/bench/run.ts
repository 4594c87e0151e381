import type { Row, Sample, Trial } from './row.js'
import type { Rounds } from './verdict.js'
import type { Workspace } from './workspace.js'

export interface RunOptions {
  readonly rounds: number
  /** The built service. */
  readonly dist: string
  /** Another revision, built; `null` for none. */
  readonly againstDist: string | null
  /** Told before each trial. */
  readonly onTrial: (round: number, variant: string) => void
}

export interface RowResult extends Rounds {
  readonly notes: readonly string[]
}

/**
 * Runs the variants of a row in turns, round after round, so that whatever else the machine does falls on all of them;
 * every second round runs backwards, so that none always follows the same other.
 */
export async function runRow(
  row: Row,
  workspace: Workspace,
  { againstDist, dist, onTrial, rounds }: RunOptions,
): Promise<RowResult> {
  const trials = await row.prepare(workspace)
  const variants: { name: keyof Rounds; trial: Trial; samples: Sample[] }[] = []
  // Ours comes first: a baseline may send what it sent.
  variants.push({ name: 'ours', trial: trials.ours(dist), samples: [] })
  if (trials.baseline !== null)
    variants.push({ name: 'baseline', trial: trials.baseline, samples: [] })
  if (againstDist !== null)
    variants.push({ name: 'against', trial: trials.ours(againstDist), samples: [] })
  for (let round = 1; round <= rounds; round++) {
    for (const { name, samples, trial } of round % 2 === 1 ? variants : variants.toReversed()) {
      onTrial(round, name)
      samples.push(await trial())
    }
  }
  const samplesOf = (name: keyof Rounds) =>
    variants.find((variant) => variant.name === name)?.samples ?? []
  return {
    baseline: samplesOf('baseline'),
    ours: samplesOf('ours'),
    against: samplesOf('against'),
    notes: trials.notes ?? [],
  }
}
