/** `npm run soak`: the long form of `test/soak.test.ts`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { killMeasuredProcesses } from '../bench/processes/measured-process.js'
import { soak } from './soak.js'

/** npm runs scripts at the root of the package. */
const DIST = resolve('dist')
const SECONDS = 60
const WRITERS = 3
const FOLLOWERS = 200
/** Exit code after a signal, as shells count. */
const SIGNALLED = 130

const folder = mkdtempSync(join(tmpdir(), 'openclaw-sessions-soak-'))
process.once('exit', () => {
  killMeasuredProcesses()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(SIGNALLED))

const load = { seconds: SECONDS, writers: WRITERS, followers: FOLLOWERS }
const { connections, messages, problems, written } = await soak({ dist: DIST, folder, ...load })
const out = (line: string) => process.stdout.write(`${line}\n`)
out(`${WRITERS} writers wrote ${written} messages in ${SECONDS} s, across a crash of the service.`)
out(`${FOLLOWERS} followers received ${messages} over ${connections} connections.`)
for (const problem of problems) out(problem)
if (problems.length === 0) out('Every sequence is complete and without a duplicate.')
process.exitCode = problems.length === 0 ? 0 : 1
