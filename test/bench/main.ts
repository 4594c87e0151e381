import { fileURLToPath } from 'node:url'
import { measureCurve } from './curve.js'
import { describeMachine } from './machine.js'
import { parseOptions } from './options.js'
import { writePage } from './page.js'
import { killMeasuredProcesses } from './processes/measured-process.js'
import { missedOf, type Report } from './report/report.js'
import { reportText } from './report/text.js'
import { buildRevision, revisionOf } from './revision.js'
import { ROWS } from './rows/index.js'
import { type RowResult, runRow } from './run.js'
import { FULL_SCALE, QUICK_SCALE } from './scale.js'
import { type Verdict, verdictsOf } from './verdict.js'
import { Workspace } from './workspace.js'

/** Of the repository; this file runs from `.bench/test/bench/`. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const DIST = `${ROOT}dist`

/** Exit code after a signal, as shells count. */
const SIGNALLED = 130

const options = parseOptions(process.argv)
const rows = ROWS.filter(({ name }) => options.only?.includes(name) ?? true)
const workspace = await Workspace.create(options.quick ? QUICK_SCALE : FULL_SCALE)

// However it ends, also when it is interrupted while it cleans up: no process and no gigabyte stays behind.
process.once('exit', () => {
  killMeasuredProcesses()
  workspace.remove()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(SIGNALLED))

try {
  const report = await measure()
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report))
  if (options.write) await writePage(ROOT, report, rows)
  process.exitCode = missedOf(report).length === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}

async function measure(): Promise<Report> {
  const { against = null, quick = false, rounds } = options
  const againstDist =
    against === null ? null : buildRevision(ROOT, against, await workspace.folder('against'))
  const verdicts: Verdict[] = []
  const notes: string[] = []
  for (const row of rows) {
    const onTrial = (round: number, variant: string) =>
      process.stderr.write(`${row.name}: round ${round} of ${rounds}, ${variant}\n`)
    const options = { rounds, dist: DIST, againstDist, onTrial }
    const result = await runRow(row, workspace, options).catch(failed)
    verdicts.push(...verdictsOf(row, result))
    notes.push(...result.notes.map((note) => `${row.name}: ${note}`))
  }
  const wantsCurve = options.write || options.curve
  return {
    at: new Date().toISOString(),
    machine: describeMachine(),
    revision: revisionOf(ROOT),
    against,
    rounds,
    quick,
    verdicts,
    notes: [...new Set(notes)],
    curve: wantsCurve ? await measureCurve(workspace, DIST) : [],
  }
}

/** A row that fails has no figures, and leaves the other rows theirs. */
function failed(error: Error): RowResult {
  process.stderr.write(`${error.stack}\n`)
  return { baseline: [], ours: [], against: [], notes: [`failed: ${error.message}`] }
}
