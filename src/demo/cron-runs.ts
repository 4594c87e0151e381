import type { DemoSession } from './demo-session.js'

/** Runs of one job whose transcripts and keys are kept; a minute-by-minute job would fill the disk. */
const KEPT_RUNS = 4

export interface CronRun {
  /** Key of the store for this run alone. */
  readonly key: string
  readonly file: string
}

/** The runs of cron jobs: each has a transcript and a key of its own. Source: formats 2026.4 §2. */
export class CronRuns {
  readonly #byJob = new Map<string, CronRun[]>()

  /** Gives the session a new transcript for its next run; returns the run that is too old to be kept. */
  next(session: DemoSession, nowMs: number): CronRun | null {
    const runs = this.#byJob.get(session.key) ?? []
    this.#byJob.set(session.key, runs)
    for (const key of session.storeKeys) {
      if (key !== session.key) runs.push({ key, file: session.file })
    }
    session.renew(nowMs)
    return runs.length > KEPT_RUNS ? (runs.shift() ?? null) : null
  }
}
