#!/usr/bin/env node
import { Command } from 'commander'
import { defaultDataDir, loadConfig } from '../config.js'
import { tokenFile, tokensPathIn } from '../state/index.js'
import { VERSION } from '../version.js'
import { serveCommand } from './commands/serve.js'
import { tokensCommand } from './commands/tokens.js'
import { cliFailure } from './failure.js'
import type { Machine, Overrides, StartedService } from './machine.js'
import { styleFor } from './style.js'

const EXAMPLES = `
Examples:
  openclaw-sessions                        serve ~/.openclaw, or the demo where there is none
  openclaw-sessions serve --demo --port 0  serve the demo on a free port
  openclaw-sessions tokens create --name dashboard --scope read

Exit codes: 0 done, 1 failed, 2 wrong usage or setting.
`

const machine: Machine = {
  version: VERSION,
  program: [process.execPath, process.argv[1] ?? 'openclaw-sessions'],
  style: styleFor(process.stdout),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  openTokens,
  startService,
}

function openTokens(overrides: Overrides) {
  const { config } = loadConfig(overrides)
  const path = tokensPathIn(config.dataDir ?? defaultDataDir(), config.tokensFile)
  return { path, records: tokenFile(path) }
}

/** What a service needs is loaded here only: the other commands start in half the time without it. */
async function startService(overrides: Overrides): Promise<StartedService> {
  const { config, warnings } = loadConfig(overrides)
  const { createLog } = await import('../log.js')
  const { logStream } = await import('./log-stream.js')
  const { closeOnSignals, startServer } = await import('../server.js')
  const log = createLog(config.logLevel, await logStream(process.stderr.isTTY))
  for (const warning of warnings) log.warn(warning)
  const server = await startServer(config, log)
  closeOnSignals(server, config.shutdownMs, log)
  log.info({ url: server.url }, 'ready')
  return { ...server, hasDocs: config.docs, warnings }
}

function createProgram(): Command {
  const program = new Command('openclaw-sessions')
    .description('See and control the sessions of an OpenClaw gateway.')
    .version(VERSION)
    .addCommand(serveCommand(machine), { isDefault: true })
    .addCommand(tokensCommand(machine))
    .addHelpText('after', EXAMPLES)
  for (const command of withSubcommands(program)) command.exitOverride()
  return program
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

try {
  await createProgram().parseAsync()
} catch (error) {
  const { sentence, exitCode } = cliFailure(error)
  if (sentence !== null) machine.err(`${styleFor(process.stderr).failure('error:')} ${sentence}\n`)
  process.exitCode = exitCode
}
