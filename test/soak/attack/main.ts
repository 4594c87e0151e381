/** `npm run soak:attack`: 100,000 hostile requests, 45,000 frames and clients that read nothing, against the built service. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { killMeasuredProcesses } from '../../bench/processes/measured-process.js'
import { attack, type Part } from './attack.js'

const DIST = resolve('dist')
const SESSIONS = 400
const PARTS: readonly Part[] = [
  { name: 'requests', count: 100_000 },
  { name: 'frames', count: 45_000 },
  { name: 'leavers', count: 1000 },
  { name: 'unreadSockets', count: 100 },
  { name: 'unreadRequests', count: 100 },
]
/** Exit code after a signal, as shells count. */
const SIGNALLED = 130

const folder = mkdtempSync(join(tmpdir(), 'openclaw-sessions-attack-'))
process.once('exit', () => {
  killMeasuredProcesses()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(SIGNALLED))

const out = (line: string) => process.stdout.write(`${line}\n`)
const seed = Number(process.env.ATTACK_SEED ?? Math.floor(Math.random() * 2 ** 32))
out(`Seed ${seed}; set ATTACK_SEED to send the same bytes again.`)
/** A share of each part, for a first look. */
const share = Number(process.env.ATTACK_SHARE ?? 1)
const parts = PARTS.map(({ name, count }) => ({ name, count: Math.ceil(count * share) }))
const problems = await attack({ dist: DIST, folder, seed, sessions: SESSIONS, parts, out })
for (const problem of problems) out(problem)
if (problems.length === 0) out('Nothing crashed, stalled or leaked.')
process.exitCode = problems.length === 0 ? 0 : 1
