import { Command, Option } from 'commander'
import { KEY_MEANING } from '../arguments.js'
import { EXPORT_FORMATS, type ExportFormatName } from '../export-formats.js'
import type { Machine } from '../machine.js'
import type { SessionSource } from '../session-source.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'
import { wholeHistory } from '../whole-history.js'

interface ExportOptions extends SourceOptions {
  readonly format: ExportFormatName
  readonly redact?: true
}

/** `export`: a whole transcript on standard output, however large it is. */
export function exportCommand(machine: Machine): Command {
  const command = new Command('export')
    .description('write a whole transcript to standard output, tool results included')
    .argument('<key>', KEY_MEANING)
    .addOption(
      new Option('--format <format>', 'how')
        .choices(Object.keys(EXPORT_FORMATS))
        .default('jsonl' satisfies ExportFormatName),
    )
    .option('--redact', 'without the words of messages and tools')
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((key: string, options: ExportOptions) =>
    withSessions(
      machine,
      options,
      (source) => write(key, options, machine, source),
      options.redact ? { redact: 'text' } : {},
    ),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions export main > main.jsonl
  openclaw-sessions export agent:work:main --format markdown --redact > work.md
`

async function write(
  key: string,
  { format }: ExportOptions,
  machine: Machine,
  source: SessionSource,
): Promise<void> {
  const detail = await source.get(key)
  const lastSeq = detail.transcript.messages
  const { end, head, message: line } = EXPORT_FORMATS[format]
  const progress = machine.progress(lastSeq)
  let written = 0
  let cut = 0
  try {
    await machine.write(head(detail))
    for await (const message of wholeHistory(source, detail.session.key, lastSeq)) {
      await machine.write(line(message, written === 0))
      written++
      if (message.__openclaw.truncated) cut++
      progress.update(message.__openclaw.seq)
    }
    await machine.write(end)
  } finally {
    progress.stop()
  }
  if (cut > 0) machine.err(`${cut} messages are longer than can be read and were cut.\n`)
}
