import { answerJobs } from '../../system/job-worker.js'
import { runScan, type ScanJob, type ScanResult } from './scan.js'

answerJobs<ScanJob, ScanResult | null>(runScan, (result) => {
  if (result === null) return []
  const { flags, keys, offsets } = result.data.lines
  return [offsets.buffer, keys.buffer, flags.buffer] as ArrayBuffer[]
})
