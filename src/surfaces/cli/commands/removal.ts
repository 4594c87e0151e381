import { Command } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import type { RemovalAnswer } from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { printable } from '../../../system/printable.js'
import { confirmed } from '../confirmed.js'
import type { Machine } from '../machine.js'
import type { Sessions } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'
import { named } from './control.js'

interface RemovalOptions extends SourceOptions {
  readonly yes?: true
  readonly json?: true
}

/** What became of one session. */
type Removal =
  | RemovalAnswer
  | { readonly ok: false; readonly key: string; readonly code: string; readonly message: string }

/** `archive`: takes sessions off the list and keeps their transcripts. */
export function archiveCommand(machine: Machine): Command {
  return removalCommand(machine, 'archive', 'take sessions off the list and keep their transcripts')
}

/** `delete`: its transcripts go when their time as archives is over. */
export function deleteCommand(machine: Machine): Command {
  return removalCommand(
    machine,
    'delete',
    'delete sessions; their transcripts stay as archives until maintenance removes them',
  ).option('--yes', 'do not ask')
}

function removalCommand(machine: Machine, word: 'archive' | 'delete', does: string): Command {
  const command = new Command(word)
    .description(does)
    .argument('<keys...>', 'session keys, bare names or session ids')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `\nExample:\n  openclaw-sessions ${word} agent:main:cron:nightly\n\nMain sessions and sessions with a live run are refused.\n`,
    )
  return withSource(command).action(async (keys: string[], options: RemovalOptions) => {
    if (word === 'delete' && !options.yes) await confirmed(machine, `Delete ${named(keys)}?`)
    await withSessions(machine, options, (source) => remove(word, keys, options, machine, source))
  })
}

/** One after the other: each takes the lock of its store. A failure of one does not stop the others. */
async function remove(
  word: 'archive' | 'delete',
  keys: readonly string[],
  { json }: RemovalOptions,
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const results: Removal[] = []
  for (const key of keys) {
    const result = await source.manager[word](key, FULL_GRANT).catch((error: unknown) =>
      refusal(key, error),
    )
    results.push(result)
    if (!json) machine[result.ok ? 'out' : 'err'](`${resultLine(word, result)}\n`)
  }
  if (json) machine.out(`${JSON.stringify({ results }, null, 2)}\n`)
  if (results.some(({ ok }) => !ok)) machine.fail()
}

function refusal(key: string, error: unknown): Removal {
  if (!(error instanceof SessionsError)) throw error
  return { ok: false, key, code: error.code, message: error.message }
}

function resultLine(word: 'archive' | 'delete', result: Removal): string {
  if (!result.ok) return `${printable(result.key)}: ${printable(result.message)}`
  const { archived, deleted, key } = result
  if (!deleted) return `${printable(key)} was gone already.`
  const kept = archived.length === 0 ? '' : `, kept as ${archived.map(printable).join(', ')}`
  return `${printable(key)} is ${word === 'delete' ? 'deleted' : 'archived'}${kept}.`
}
