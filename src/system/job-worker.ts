import { parentPort, type TransferListItem } from 'node:worker_threads'
import { systemCode } from './system-code.js'

/** What a `JobThread` asks. */
export interface Question<Job> {
  readonly id: number
  readonly job: Job
}

export type JobAnswer<Result> =
  | { readonly id: number; readonly result: Result }
  /** `code`: the system's, which an error loses on its way between threads. */
  | { readonly id: number; readonly error: unknown; readonly code: string | null }

/** Answers each job of the `JobThread` that started this thread; `movesOf` names the memory that a result is given away with. */
export function answerJobs<Job, Result>(
  work: (job: Job) => Promise<Result>,
  movesOf: (result: Result) => TransferListItem[] = () => [],
): void {
  parentPort?.on('message', async ({ id, job }: Question<Job>) => {
    try {
      const result = await work(job)
      parentPort?.postMessage({ id, result } satisfies JobAnswer<Result>, movesOf(result))
    } catch (error) {
      parentPort?.postMessage({ id, error, code: systemCode(error) } satisfies JobAnswer<Result>)
    }
  })
}
