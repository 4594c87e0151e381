import { Command } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import type { PreviousTranscript } from '../../../contract/previous.js'
import type { SessionDetail } from '../../../contract/session.js'
import { printable } from '../../../system/printable.js'
import { KEY_MEANING } from '../arguments.js'
import type { Machine } from '../machine.js'
import { costWords, sessionTable, statusPaint } from '../session-table.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface ShowOptions extends SourceOptions {
  readonly json?: true
}

/** `show`: all that is known of one session. */
export function showCommand(machine: Machine): Command {
  const command = new Command('show')
    .description('show one session: its state and why, tokens, cost, transcript, sub-agents')
    .argument('<key>', KEY_MEANING)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  openclaw-sessions show main\n  openclaw-sessions show agent:work:main --json\n',
    )
  return withSource(command).action((key: string, options: ShowOptions) =>
    withSessions(machine, options, async (source) => {
      const detail = await source.manager.get(key, FULL_GRANT)
      if (options.json) machine.out(`${JSON.stringify(detail, null, 2)}\n`)
      else machine.out(`${detailText(detail, machine)}\n`)
    }),
  )
}

function detailText(detail: SessionDetail, { columns: width, style }: Machine): string {
  const facts = factsOf(detail).filter(([, value]) => value !== null)
  const name = Math.max(...facts.map(([fact]) => fact.length))
  const lines = facts.map(([fact, value]) => {
    const text = printable(String(value))
    const shown = fact === 'status' ? statusPaint(detail.session.status, style)(text) : text
    return `${style.quiet(fact.padEnd(name))}  ${shown}`
  })
  // A service of an older release tells of none.
  const previous = detail.previousTranscripts ?? []
  if (previous.length > 0)
    lines.push('', style.strong('Before (history --session-id)'), ...previous.map(previousLine))
  if (detail.children.length === 0) return lines.join('\n')
  const options = { width, style, withAgents: false, verbose: false }
  return [...lines, '', style.strong('Spawned'), sessionTable(detail.children, options)].join('\n')
}

function previousLine({
  bytes,
  endedAt,
  reason,
  sessionId,
  startedAt,
}: PreviousTranscript): string {
  const times = `${startedAt ?? '?'} to ${endedAt ?? '?'}`
  return printable(`${sessionId}  ${reason}  ${times}  ${bytes} bytes`)
}

type Fact = readonly [name: string, value: string | number | null]

function factsOf({ compactions, session, transcript }: SessionDetail): Fact[] {
  const { brokenLines } = transcript
  return [
    ['key', session.key],
    ['session id', session.sessionId],
    ['name', session.displayName],
    ['label', session.label],
    ['status', session.status],
    ['why', session.statusReason],
    ['kind', session.kind],
    ['channel', session.channel],
    ['model', session.model],
    ['context', session.tokens],
    ['tokens', flowOf(session.inputTokens, session.outputTokens, session.totalTokens)],
    [
      'cost',
      session.totalCost === null ? null : `${costWords(session.totalCost)} (${session.costSource})`,
    ],
    ['updated', session.updatedAt],
    ['flags', session.flags.join(', ') || null],
    ['spawned by', session.spawnedBy],
    ['directory', session.workingDir],
    ['messages', transcript.messages],
    ['transcript', `${transcript.bytes} bytes`],
    ['unreadable', brokenLines === 0 ? null : `${brokenLines} lines`],
    ['compactions', compactions.length === 0 ? null : compactions.length],
  ]
}

function flowOf(input: number | null, output: number | null, total: number | null): string | null {
  return total === null ? null : `${total} in all, ${input ?? '?'} in, ${output ?? '?'} out`
}
