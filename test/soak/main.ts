/** `npm run soak`: the long form of `test/soak.test.ts`. */
import { resolve } from 'node:path'
import { killMeasuredProcesses } from '../bench/processes/measured-process.js'
import { soak } from './soak.js'

/** npm runs scripts at the root of the package. */
const DIST = resolve('dist')
const SECONDS = 60
const WRITERS = 3
const FOLLOWERS = 200
/** Exit code after a signal, as shells count. */
const SIGNALLED = 130

process.once('exit', killMeasuredProcesses)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(SIGNALLED))

const report = await soak({ dist: DIST, seconds: SECONDS, writers: WRITERS, followers: FOLLOWERS })
const { connections, messages, problems, written } = report
process.stdout.write(
  `${WRITERS} writers wrote ${written} messages in ${SECONDS} s; ${FOLLOWERS} followers received ${messages} over ${connections} connections.\n`,
)
for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(
  problems.length === 0 ? 'Every sequence is complete and without a duplicate.\n' : '',
)
process.exitCode = problems.length === 0 ? 0 : 1
