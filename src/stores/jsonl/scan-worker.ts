import { parentPort } from 'node:worker_threads'
import { runScan, type ScanJob } from './scan.js'

/** Answers each job with its result, or with the words of what went wrong. */
parentPort?.on('message', async ({ id, job }: { id: number; job: ScanJob }) => {
  try {
    parentPort?.postMessage({ id, result: await runScan(job) })
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
