import { Command } from 'commander'
import {
  type CleanupAnswer,
  CleanupRequest,
  type CleanupStore,
  openclawCleanup,
} from '../../../contract/cleanup.js'
import { FULL_GRANT } from '../../../contract/grant.js'
import { age } from '../arguments.js'
import { actionTable, labelSummary, summaryLines } from '../cleanup-text.js'
import type { Machine } from '../machine.js'
import { type ScopeOptions, withScope, withScoped } from '../scope-options.js'
import { checked } from '../sessions.js'
import { type SourceOptions, withSource } from '../source-options.js'

interface CleanupOptions extends SourceOptions, ScopeOptions {
  readonly dryRun?: true
  readonly enforce?: true
  readonly fixMissing?: true
  readonly fixDmScope?: true
  readonly activeKey?: string
  readonly age?: string
  readonly json?: true
}

/** `cleanup`: OpenClaw's own maintenance, now. */
export function cleanupCommand(machine: Machine): Command {
  const command = new Command('cleanup').description(
    'remove stale sessions, and files that nobody means, by the rules of session.maintenance',
  )
  withScope(command)
    .option('--dry-run', 'show what would be done, session by session, and do nothing')
    .option('--enforce', 'act also where session.maintenance.mode is warn')
    .option('--age <age>', 'stale after this instead of pruneAfter: 90m, 1h, 30d, 2w', age)
    .option('--fix-missing', 'also sessions whose transcript is missing or empty')
    .option('--fix-dm-scope', 'also direct-message sessions that dmScope main left behind')
    .option('--active-key <key>', 'keep this session, whatever its age')
    .option('--json', "as JSON, with OpenClaw's names")
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((options: CleanupOptions) =>
    withScoped(machine, options, async ({ agent, source }) => {
      const answer = await source.manager.cleanup(
        checked(CleanupRequest, requestOf(options, agent)),
        FULL_GRANT,
      )
      if (options.json) machine.out(`${JSON.stringify(openclawCleanup(answer), null, 2)}\n`)
      else machine.out(`${answerText(answer, machine)}\n`)
    }),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions cleanup --dry-run
  openclaw-sessions cleanup --all-agents --enforce --fix-missing
  openclaw-sessions cleanup --agent work --age 30d --dry-run --json
  openclaw-sessions cleanup --store backup/sessions.json --dry-run

Main sessions, groups, threads and live runs stay.
`

function requestOf(options: CleanupOptions, agent: string | undefined) {
  const { activeKey, age, dryRun, enforce, fixDmScope, fixMissing } = options
  return {
    dryRun: dryRun === true,
    enforce: enforce === true,
    fixMissing: fixMissing === true,
    fixDmScope: fixDmScope === true,
    ...(agent === undefined ? {} : { agent }),
    ...(age === undefined ? {} : { age }),
    ...(activeKey === undefined ? {} : { activeKey }),
  }
}

function answerText(answer: CleanupAnswer, machine: Machine): string {
  return answer.stores.map((store) => storeText(store, machine)).join('\n\n')
}

function storeText(store: CleanupStore, machine: Machine): string {
  const { actions, agentId, dryRun, storePath } = store
  const { columns: width, style } = machine
  const parts = [`${style.strong(`Agent ${agentId}`)} ${style.quiet(storePath)}`]
  if (dryRun && actions.length > 0) parts.push('', actionTable(actions, width, style), '')
  if (dryRun && actions.length > 0) parts.push(labelSummary(actions, style), '')
  return [...parts, ...summaryLines(store)].join('\n')
}
