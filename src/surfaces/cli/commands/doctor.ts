import { Command } from 'commander'
import { SessionsError } from '../../../errors.js'
import { printable } from '../../../system/printable.js'
import { type CheckUp, checkUp } from '../check-up.js'
import type { Machine } from '../machine.js'
import { openSource, type SourceOptions, withSource } from '../source-options.js'
import { findingLine } from './diagnose.js'

interface DoctorOptions extends SourceOptions {
  readonly json?: true
}

interface Report {
  /** `null`: nothing could be opened. */
  readonly where: string | null
  readonly findings: readonly CheckUp[]
}

/** `doctor`: what is found, what is wrong, what to do. Exits 1 when something is wrong. */
export function doctorCommand(machine: Machine): Command {
  const command = new Command('doctor')
    .description('look at stores, gateway and sessions: what is wrong, and what to do')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  openclaw-sessions doctor --state-dir /srv/openclaw\n')
  return withSource(command).action(async (options: DoctorOptions) => {
    const report = await examine(machine, options)
    const isWell = report.findings.every(({ level }) => level !== 'problem')
    if (options.json) machine.out(`${JSON.stringify({ ok: isWell, ...report }, null, 2)}\n`)
    else machine.out(`${reportText(report, machine)}\n`)
    if (!isWell) machine.fail()
  })
}

/** What cannot even be opened is a finding; a wrong setting is not. */
async function examine(machine: Machine, options: DoctorOptions): Promise<Report> {
  try {
    const source = await openSource(machine, options)
    try {
      return { where: source.where, findings: await checkUp(source) }
    } finally {
      await source.close()
    }
  } catch (error) {
    if (!(error instanceof SessionsError) || error.status === 400) throw error
    const finding = {
      about: 'sources',
      level: 'problem',
      text: error.message,
      remedy: null,
    } as const
    return { where: options.url ?? null, findings: [finding] }
  }
}

function reportText({ findings, where }: Report, { style }: Machine): string {
  const lines = findings.flatMap((finding) => [
    findingLine(finding, style),
    ...(finding.remedy === null
      ? []
      : [`${' '.repeat(21)}${style.quiet('→')} ${printable(finding.remedy)}`]),
  ])
  return [...(where === null ? [] : [style.strong(printable(where)), '']), ...lines].join('\n')
}
