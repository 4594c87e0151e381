#!/usr/bin/env node
import { Command } from 'commander'
import { defaultDataDir, loadConfig } from '../config.js'
import { SessionsError } from '../errors.js'
import { tokenFile, tokensPathIn } from '../state/index.js'
import { VERSION } from '../version.js'
import { sessionCommands } from './commands/index.js'
import { serveCommand } from './commands/serve.js'
import { tokensCommand } from './commands/tokens.js'
import { confirmOn } from './confirm.js'
import { cliFailure, EXIT } from './failure.js'
import { assertKnownCommand } from './known-command.js'
import type { OpenDirectory } from './local-source.js'
import type { Machine, Overrides, StartedService } from './machine.js'
import { progressOn } from './progress.js'
import { styleFor } from './style.js'
import { writeAll } from './write-all.js'

const EXAMPLES = `
Examples:
  openclaw-sessions                        serve ~/.openclaw, or the demo where there is none
  openclaw-sessions serve --demo --port 0  serve the demo on a free port
  openclaw-sessions list --all-agents      what is in ~/.openclaw
  openclaw-sessions kill agent:main:main --url http://127.0.0.1:18790
  openclaw-sessions cleanup --dry-run      what maintenance would remove
  openclaw-sessions tokens create --name dashboard --scope read

Exit codes: 0 done, 1 failed, not confirmed or unreachable, 2 wrong usage or setting, 130 Ctrl-C.
`

/** A person waits for a table that is whole; a service answers with what it has. */
const TOTALS_WAIT_MS = 20_000

/** Whether this process is a service, which does more than to print. */
let isServing = false
/** Nobody reads the output any more: what the command goes on to say is of no use. */
let isLeaving = false
/** How long a directory has to close then. */
const LEAVE_MS = 3000
/** Those that were opened; the folder of a demo must not be left behind. */
const directories = new Set<OpenDirectory>()

const machine: Machine = {
  version: VERSION,
  program: [process.execPath, process.argv[1] ?? 'openclaw-sessions'],
  style: styleFor(process.stdout),
  columns: process.stdout.isTTY ? process.stdout.columns : null,
  out: (text) => void process.stdout.write(text),
  write: (text) => writeAll(process.stdout, text),
  progress: (total) => progressOn(process.stderr, process.stdout.isTTY, total),
  err: (text) => void process.stderr.write(text),
  confirm: (question) => confirmOn(process.stdin, process.stderr, question),
  fail: () => {
    process.exitCode = EXIT.failed
  },
  untilInterrupted,
  environmentToken: () => loadConfig().config.token,
  openTokens,
  openDirectory,
  startService,
}

function openTokens(overrides: Overrides) {
  const { config } = loadConfig(overrides)
  const path = tokensPathIn(config.dataDir ?? defaultDataDir(), config.tokensFile)
  return { path, records: tokenFile(path) }
}

function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  return interrupted.signal
}

/** As a service has it, without listening. Simulated sessions are shown to those who ask for them only. */
async function openDirectory(overrides: Overrides, store?: string): Promise<OpenDirectory> {
  const { config } = loadConfig(overrides)
  const { chooseStateSource, storeFile } = await import('../state-source.js')
  const source = await chooseStateSource(config)
  if (source.kind === 'demo' && !config.demo)
    throw new SessionsError(
      'invalid_setting',
      'There is no OpenClaw state directory in ~/.openclaw: name one with --state-dir, a running service with --url, or try --demo.',
    )
  const { compose } = await import('../compose.js')
  const onProblem = (error: unknown) =>
    machine.err(`${error instanceof Error ? error.message : String(error)}\n`)
  const narrowing = store === undefined ? {} : { storePath: await storeFile(store) }
  const opened = await compose(config, onProblem, { totalsWaitMs: TOTALS_WAIT_MS }, narrowing)
  const { close, exposures, manager, served } = opened
  await opened.tried()
  const stores = async () =>
    (await opened.stores()).map(({ agent, path }) => ({ agentId: agent, path }))
  const directory = { manager, served, exposures, stores, close }
  directories.add(directory)
  return directory
}

/** What a service needs is loaded here only: the other commands start in half the time without it. */
async function startService(overrides: Overrides): Promise<StartedService> {
  const { config, warnings } = loadConfig(overrides)
  const { createLog } = await import('../log.js')
  const { logStream } = await import('./log-stream.js')
  const { closeOnSignals, startServer } = await import('../server.js')
  isServing = true
  const destination = await logStream(process.stderr)
  const log = createLog(config.logLevel, destination)
  const server = await startServer(config, log)
  const exposed = server.exposures.map(({ command, text }) => `${text} End that with: ${command}`)
  const all = [...warnings, ...exposed]
  for (const warning of all) log.warn(warning)
  closeOnSignals(server, config.shutdownMs, log, () => destination.flush())
  log.info({ url: server.url }, 'ready')
  return { ...server, hasDocs: config.docs, warnings: all }
}

function createProgram(): Command {
  const program = new Command('openclaw-sessions')
    .description('See and control the sessions of an OpenClaw gateway.')
    .version(VERSION)
    .addCommand(serveCommand(machine), { isDefault: true })
  for (const command of sessionCommands(machine)) program.addCommand(command)
  program.addCommand(tokensCommand(machine)).addHelpText('after', EXAMPLES)
  for (const command of withSubcommands(program)) command.exitOverride()
  return program
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/**
 * Whoever reads may have enough: `openclaw-sessions list | head` is no failure. A service goes on without a reader of its
 * start screen.
 */
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (isServing || isLeaving) return
  isLeaving = true
  if (code !== 'EPIPE') say(`The output cannot be written: ${message}.`)
  void leave(code === 'EPIPE' ? EXIT.done : EXIT.failed)
})

/** Ends in the middle of a command, which may be waiting for a reader who has gone. */
async function leave(exitCode: number): Promise<void> {
  const late = setTimeout(() => process.exit(exitCode), LEAVE_MS)
  await Promise.allSettled([...directories].map((directory) => directory.close()))
  clearTimeout(late)
  process.exit(exitCode)
}

function say(sentence: string): void {
  process.stderr.write(`${styleFor(process.stderr).failure('error:')} ${sentence}\n`)
}

// Remarks that nobody reads.
process.stderr.on('error', () => {})

/** Watching files and waiting for workers keeps no process alive: one would end in the middle of its command. */
const alive = setInterval(() => {}, 60_000)
try {
  const program = createProgram()
  assertKnownCommand(program, serveCommand(machine), process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  const { sentence, exitCode } = cliFailure(error)
  if (sentence !== null && !isLeaving) say(sentence)
  process.exitCode = exitCode
} finally {
  clearInterval(alive)
}
