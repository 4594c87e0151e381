import { Command } from 'commander'
import type { Diagnosis, Finding } from '../../../contract/diagnosis.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import { printable } from '../../../system/printable.js'
import { KEY_MEANING } from '../arguments.js'
import type { Machine } from '../machine.js'
import { statusPaint } from '../session-table.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'
import type { Style } from '../style.js'

interface DiagnoseOptions extends SourceOptions {
  readonly json?: true
}

/** `diagnose`: why a session is in its state, and what to do. */
export function diagnoseCommand(machine: Machine): Command {
  const command = new Command('diagnose')
    .description('explain the state of a session, and what to do about it')
    .argument('<key>', KEY_MEANING)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  openclaw-sessions diagnose main\n')
  return withSource(command).action((key: string, options: DiagnoseOptions) =>
    withSessions(machine, options, async (source) => {
      const diagnosis = await source.manager.diagnose(key, FULL_GRANT)
      if (options.json) machine.out(`${JSON.stringify(diagnosis, null, 2)}\n`)
      else machine.out(`${diagnosisText(diagnosis, machine.style)}\n`)
    }),
  )
}

function diagnosisText(diagnosis: Diagnosis, style: Style): string {
  const { advice, findings, session, status, summary } = diagnosis
  const paint = statusPaint(status, style)
  const lines = [
    `${style.strong(printable(session))} is ${paint(status)}: ${printable(summary)}`,
    '',
    ...findings.map((finding) => findingLine(finding, style)),
  ]
  if (advice.length === 0) return lines.join('\n')
  return [
    ...lines,
    '',
    style.strong('What to do'),
    ...advice.map((one) => `- ${printable(one)}`),
  ].join('\n')
}

const LEVELS = { ok: 'success', notice: 'warning', problem: 'failure' } as const

/** A finding with its level in words, since colours are not for everybody. */
export function findingLine(
  { about, level, text }: Pick<Finding, 'level' | 'text'> & { about: string },
  style: Style,
): string {
  return `${style[LEVELS[level]](level.padEnd(7))}  ${style.quiet(about.padEnd(10))}  ${printable(text)}`
}
