import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import { defaultDataDir, type LoadedConfig } from '../../config/config.js'
import { SessionsError } from '../../errors.js'
import type { Narrowing } from '../../service/compose.js'
import { tokenFile, tokensPathIn } from '../../state/index.js'
import { VERSION } from '../../system/version.js'
import { confirmOn } from './confirm.js'
import type { Machine, Overrides, Progress } from './machine.js'
import type { Sessions } from './sessions.js'
import { styleFor } from './style.js'

/** What a command gets from the process that it runs in. */
export interface ProcessStreams
  extends Pick<Machine, 'program' | 'fail' | 'untilInterrupted' | 'startService'> {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** The settings, these before those of the environment. Throws `invalid_setting`. */
  loadConfig(overrides?: Overrides): LoadedConfig
}

export interface ThisMachine extends Machine {
  /** Closes the directories that commands have opened: the folder of a demo must not be left behind. */
  close(): Promise<void>
}

/** A person waits for a table that is whole; a service answers with what it has. */
const TOTALS_WAIT_MS = 20_000

/** The machine as commands see it, over the streams of a process. */
export function thisMachine(surroundings: ProcessStreams): ThisMachine {
  const { stdin, stdout, stderr, loadConfig } = surroundings
  const opened = new Set<Sessions>()
  return {
    version: VERSION,
    program: surroundings.program,
    style: styleFor(stdout),
    columns: stdout.isTTY ? stdout.columns : null,
    out: (text) => void stdout.write(text),
    write: (text) => writeAll(stdout, text),
    progress: (total) => progressOn(stderr, stdout.isTTY, total),
    err: (text) => void stderr.write(text),
    say: (sentence) => void stderr.write(`${styleFor(stderr).failure('error:')} ${sentence}\n`),
    confirm: (question) => confirmOn(stdin, stderr, question),
    fail: () => surroundings.fail(),
    untilInterrupted: () => surroundings.untilInterrupted(),
    environmentToken: () => loadConfig().config.token,
    openTokens: (overrides) => {
      const { config } = loadConfig(overrides)
      const path = tokensPathIn(config.dataDir ?? defaultDataDir(), config.tokensFile)
      return { path, records: tokenFile(path) }
    },
    openDirectory: async (overrides, store) => {
      const onProblem = (error: unknown) =>
        stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      const directory = await openDirectory(loadConfig(overrides), onProblem, store)
      opened.add(directory)
      return directory
    },
    stored: async (overrides, store, signal) => {
      const { config } = loadConfig(overrides)
      const { readStored } = await import('../../service/stored-now.js')
      return readStored(config, await narrowingTo(store), signal)
    },
    startService: (overrides) => surroundings.startService(overrides),
    close: async () => {
      await Promise.allSettled([...opened].map((directory) => directory.close()))
    },
  }
}

/** As a service has it, without listening. Simulated sessions are shown to those who ask for them only. */
async function openDirectory(
  { config }: LoadedConfig,
  onProblem: (error: unknown) => void,
  store?: string,
): Promise<Sessions> {
  const { chooseStateSource } = await import('../../service/state-source.js')
  const source = await chooseStateSource(config)
  if (source.kind === 'demo' && !config.demo)
    throw new SessionsError(
      'invalid_setting',
      'There is no OpenClaw state directory in ~/.openclaw: name one with --state-dir, a running service with --url, or try --demo.',
    )
  const { compose } = await import('../../service/compose.js')
  const opened = await compose(
    config,
    onProblem,
    { totalsWaitMs: TOTALS_WAIT_MS },
    await narrowingTo(store),
  )
  const { close, exposures, manager, served } = opened
  await opened.tried()
  const stores = async () =>
    (await opened.stores()).map(({ agent, path }) => ({ agentId: agent, path }))
  return { manager, where: served, exposures, stores, close }
}

/** To the store file that was named, if one was. */
async function narrowingTo(store: string | undefined): Promise<Narrowing> {
  if (store === undefined) return {}
  const { storeFile } = await import('../../service/state-source.js')
  return { storePath: await storeFile(store) }
}

/** A bar on a terminal, unless the result is shown there too; else nothing. */
function progressOn(output: NodeJS.WriteStream, showsResult: boolean, total: number): Progress {
  if (!output.isTTY || showsResult) return { update: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: '{bar} {percentage}% {value}/{total} {eta_formatted}',
    clearOnComplete: true,
    hideCursor: true,
    stream: output,
  })
  bar.start(total, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}

/** Writes, and waits while the reader at the other end has enough: else all of it would pile up in memory. */
async function writeAll(output: Writable, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain')
}
