import { Command } from 'commander'
import type { BundleSummary } from '../../../contract/bundle.js'
import { BundleRequest } from '../../../contract/bundle.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import { printable } from '../../../system/printable.js'
import type { Machine } from '../machine.js'
import { qualified } from '../qualified.js'
import { checked } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface ExportTrajectoryOptions extends SourceOptions {
  readonly sessionKey: string
  readonly workspace: string
  readonly output?: string
  readonly agent?: string
  readonly json?: true
}

/** `export-trajectory`: a folder with all that is known of a session's runs, to hand to somebody. */
export function exportTrajectoryCommand(machine: Machine): Command {
  const command = new Command('export-trajectory')
    .description('write the runs of a session to a folder of the workspace, without local paths')
    .requiredOption('--session-key <key>', 'whose runs')
    .option('--workspace <path>', 'the bundle goes below its .openclaw/trajectory-exports', '.')
    .option('--output <name>', 'name of the folder; default: of the session and the time')
    .option('--agent <id>', 'of this agent')
    .option('--json', "as JSON, with OpenClaw's names")
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((options: ExportTrajectoryOptions) =>
    withSessions(machine, options, async (source) => {
      const { agent, json, output, sessionKey, workspace } = options
      const request = { workspace, ...(output === undefined ? {} : { output }) }
      const summary = await source.manager.exportTrajectory(
        qualified(sessionKey, agent),
        checked(BundleRequest, request),
        FULL_GRANT,
      )
      machine.out(json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary))
    }),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions export-trajectory --session-key main --workspace .
  openclaw-sessions export-trajectory --session-key agent:work:main --output bug-123 --json

A bundle holds prompts, answers and the results of tools. Look through it before it leaves this machine.
`

function summaryText(summary: BundleSummary): string {
  const { displayPath, eventCount, files, runtimeEventCount, sessionId, transcriptEventCount } =
    summary
  return [
    `Bundle    ${printable(displayPath)}`,
    `Session   ${printable(sessionId)}`,
    `Events    ${eventCount}: ${runtimeEventCount} recorded, ${transcriptEventCount} of the transcript`,
    `Files     ${files.join(', ')}`,
    '',
  ].join('\n')
}
