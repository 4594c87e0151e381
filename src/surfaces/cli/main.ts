#!/usr/bin/env node
import { loadConfig } from '../../config/config.js'
import { EXIT } from './failure.js'
import type { Overrides, StartedService } from './machine.js'
import { runCommand } from './program.js'
import { thisMachine } from './this-machine.js'

/** Whether this process is a service, which does more than to print. */
let isServing = false
/** The reader of the output has gone: what the command goes on to say is of no use. */
let isLeaving = false
/** How long a directory has to close then. */
const LEAVE_MS = 3000

const { stdin, stdout, stderr } = process
const machine = thisMachine({
  stdin,
  stdout,
  stderr,
  program: [process.execPath, process.argv[1] ?? 'openclaw-sessions'],
  loadConfig,
  fail: () => {
    process.exitCode = EXIT.failed
  },
  untilInterrupted,
  startService,
})

function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  return interrupted.signal
}

/** What a service needs is loaded here only: the other commands start in half the time without it. */
async function startService(overrides: Overrides): Promise<StartedService> {
  const { config, warnings } = loadConfig(overrides)
  const { createLog } = await import('../../service/log.js')
  const { logStream } = await import('./log-stream.js')
  const { closeOnSignals, startServer } = await import('../../server.js')
  isServing = true
  const destination = logStream(stderr)
  const log = createLog(config.logLevel, destination)
  const server = await startServer(config, log).catch((error: unknown) => {
    destination.begin()
    throw error
  })
  const exposed = server.exposures.map(({ command, text }) => `${text} End that with: ${command}`)
  const all = [...warnings, ...exposed]
  for (const warning of all) log.warn(warning)
  closeOnSignals(server, config.shutdownMs, log, () => destination.flush())
  log.info({ url: server.url }, 'ready')
  const beginLog = () => destination.begin()
  return { ...server, hasDocs: config.docs, warnings: all, beginLog }
}

/**
 * A reader may have enough: `openclaw-sessions list | head` is no failure. A service goes on without a reader of its start
 * screen.
 */
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (isServing || isLeaving) return
  isLeaving = true
  if (code !== 'EPIPE') machine.say(`The output cannot be written: ${message}.`)
  void leave(code === 'EPIPE' ? EXIT.done : EXIT.failed)
})

/** Ends in the middle of a command, which may be waiting for a reader who has gone. */
async function leave(exitCode: number): Promise<void> {
  const late = setTimeout(() => process.exit(exitCode), LEAVE_MS)
  await machine.close()
  clearTimeout(late)
  process.exit(exitCode)
}

// A remark that cannot be written is no reason to fail.
stderr.on('error', () => {})

/** Watching files and waiting for workers keeps no process alive: one would end in the middle of its command. */
const alive = setInterval(() => {}, 60_000)
const exitCode = await runCommand(process.argv.slice(2), {
  ...machine,
  say: (sentence) => {
    if (!isLeaving) machine.say(sentence)
  },
})
clearInterval(alive)
if (exitCode !== EXIT.done) process.exitCode = exitCode
