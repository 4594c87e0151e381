import { Command } from 'commander'
import { BulkControlRequest, type BulkResult, MAX_BULK_SESSIONS } from '../../../contract/bulk.js'
import type { ControlAction } from '../../../contract/control.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import { SessionsError } from '../../../errors.js'
import { printable } from '../../../system/printable.js'
import { confirmed } from '../confirmed.js'
import type { Machine } from '../machine.js'
import { checked } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'
import { type TableCell, table } from '../table.js'

interface ControlOptions extends SourceOptions {
  readonly reason?: string
  readonly yes?: true
  readonly json?: true
}

const DOES: Record<ControlAction, string> = {
  stop: 'let the runs of sessions end after their present step',
  kill: 'abort the runs of sessions now, sub-agents included',
  pause: 'hold the runs of sessions at their next step, and new turns until resume',
  resume: 'let paused sessions go on',
}

/** `stop`, `kill`, `pause` and `resume`: each says what was seen afterwards, not what was asked for. */
export function controlCommand(action: ControlAction, machine: Machine): Command {
  const command = new Command(action)
    .description(DOES[action])
    .argument('<keys...>', 'session keys, bare names or session ids')
    .option('--reason <text>', 'why; shown in the session and kept in the audit log')
    .option('--json', 'as JSON')
  if (action === 'kill') command.option('--yes', 'do not ask')
  command.addHelpText('after', examplesOf(action))
  return withSource(command).action((keys: string[], options: ControlOptions) =>
    control(action, keys, options, machine),
  )
}

const examplesOf = (action: ControlAction) => `
Examples:
  openclaw-sessions ${action} main${action === 'kill' ? ' --yes' : ''}
  openclaw-sessions ${action} agent:main:main agent:work:main --reason "over the budget" --url http://127.0.0.1:18790

Where nobody runs anything (a directory without a live gateway) it fails and says so.
`

async function control(
  action: ControlAction,
  keys: readonly string[],
  options: ControlOptions,
  machine: Machine,
): Promise<void> {
  if (keys.length > MAX_BULK_SESSIONS)
    throw new SessionsError('invalid_parameter', `At most ${MAX_BULK_SESSIONS} sessions at once.`)
  if (action === 'kill' && !options.yes)
    await confirmed(machine, `Kill the runs of ${named(keys)}?`)
  const { json, reason } = options
  await withSessions(machine, options, async (source) => {
    const request = { action, keys: [...keys], ...(reason === undefined ? {} : { reason }) }
    const answer = await source.manager.controlMany(
      checked(BulkControlRequest, request),
      FULL_GRANT,
    )
    if (json) machine.out(`${JSON.stringify(answer, null, 2)}\n`)
    else machine.out(`${resultTable(answer.results, machine)}\n`)
    if (!answer.success) machine.fail()
  })
}

/** The first of them by name. */
export function named(keys: readonly string[]): string {
  const [first = '', ...others] = keys.map(printable)
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

function resultTable(results: readonly BulkResult[], { columns: width, style }: Machine): string {
  const rows = results.map(({ error, note, ok, outcome, session }): TableCell[] => [
    printable(session),
    { text: ok ? (outcome ?? '-') : 'failed', paint: ok ? style.success : style.failure },
    printable(error?.message ?? note ?? ''),
  ])
  // What is told of a failure is a whole sentence: it wraps rather than being cut.
  const isWide = results.some(({ ok }) => !ok)
  return table([{ head: 'SESSION', whole: true }, 'OUTCOME', ''], rows, {
    width: isWide ? null : width,
    headPaint: style.quiet,
  })
}
