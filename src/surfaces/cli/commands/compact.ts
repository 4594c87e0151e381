import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import type { CompactAnswer } from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { printable } from '../../../system/printable.js'
import { KEY_MEANING, wholeNumberArgument } from '../arguments.js'
import { confirmed } from '../confirmed.js'
import type { Machine } from '../machine.js'
import { qualified } from '../qualified.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface CompactOptions extends SourceOptions {
  readonly maxLines?: number
  readonly agent?: string
  readonly timeout: number
  readonly yes?: true
  readonly json?: true
}

/** Milliseconds that a model may take for a summary; OpenClaw's own default. */
const SUMMARY_TIMEOUT_MS = 180_000

/** `compact`: a summary by the gateway, or a cut to the newest lines. */
export function compactCommand(machine: Machine): Command {
  const command = new Command('compact')
    .description('shorten a transcript: summarised by the live gateway, or cut to its newest lines')
    .argument('<key>', KEY_MEANING)
    .option(
      '--max-lines <n>',
      'keep so many lines; the whole stays as an archive',
      wholeNumberArgument(1, 400),
    )
    .option('--agent <id>', 'whose bare name it is')
    .option(
      '--timeout <ms>',
      'how long to wait',
      wholeNumberArgument(1, SUMMARY_TIMEOUT_MS),
      SUMMARY_TIMEOUT_MS,
    )
    .option('--yes', 'do not ask before a cut')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
  return withSource(command).action(async (key: string, options: CompactOptions) => {
    const { agent, json, maxLines, timeout, yes } = options
    const session = qualified(key, agent)
    if (maxLines !== undefined && !yes)
      await confirmed(machine, `Cut ${printable(session)} to its newest ${maxLines} lines?`)
    await withSessions(machine, options, async (source) => {
      const request = maxLines === undefined ? {} : { maxLines }
      const answer = await within(timeout, source.manager.compact(session, request, FULL_GRANT))
      machine.out(json ? `${JSON.stringify(answer, null, 2)}\n` : `${sentenceOf(answer)}\n`)
    })
  })
}

const EXAMPLES = `
Examples:
  openclaw-sessions compact main
  openclaw-sessions compact agent:work:main --max-lines 400
  openclaw-sessions compact agent:work:main --max-lines 400 --yes
`

function sentenceOf({ archived, compacted, kept, key }: CompactAnswer): string {
  const session = printable(key)
  if (!compacted) return `${session} is short enough already: nothing was done.`
  if (kept === null) return `${session} was summarised.`
  return `${session} has ${kept} lines now${archived === null ? '' : `; all of them are in ${printable(archived)}`}.`
}

/** What was asked for may go on when it takes longer. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = delay(timeoutMs, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new SessionsError(
      'unavailable',
      `There was no answer within ${timeoutMs} ms: it may still be done; look again, or give it more time with --timeout.`,
    )
  })
  late.catch(() => {})
  return Promise.race([work, late]).finally(() => over.abort())
}
