import { Command, Option } from 'commander'
import { ExportFormat } from '../../../contract/export.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import { KEY_MEANING, previousOption } from '../arguments.js'
import type { Machine } from '../machine.js'
import type { Sessions } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface ExportOptions extends SourceOptions {
  readonly format: ExportFormat
  readonly redact?: true
  readonly sessionId?: string
}

/** `export`: a whole transcript on standard output, however large it is. */
export function exportCommand(machine: Machine): Command {
  const command = new Command('export')
    .description('write a whole transcript to standard output, tool results included')
    .argument('<key>', KEY_MEANING)
    .addOption(
      new Option('--format <format>', 'how')
        .choices(ExportFormat.options)
        .default('jsonl' satisfies ExportFormat),
    )
    .option('--redact', 'without the words of messages and tools')
    .addOption(previousOption())
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((key: string, options: ExportOptions) =>
    withSessions(machine, options, (source) => write(key, options, machine, source)),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions export main > main.jsonl
  openclaw-sessions export agent:work:main --format markdown --redact > work.md
  openclaw-sessions export main --url http://127.0.0.1:18790 > main.jsonl
`

async function write(
  key: string,
  { format, redact, sessionId }: ExportOptions,
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const { chunks, total } = await source.manager.export(
    key,
    { format, redact: redact === true, sessionId },
    FULL_GRANT,
  )
  const progress = machine.progress(total)
  let allCut = 0
  try {
    for await (const { cut = 0, done, text } of chunks) {
      await machine.write(text)
      allCut += cut
      progress.update(Math.min(done, total))
    }
  } finally {
    progress.stop()
  }
  if (allCut > 0) machine.err(`${allCut} messages are longer than can be read and were cut.\n`)
}
