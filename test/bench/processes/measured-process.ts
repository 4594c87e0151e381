import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Channel } from './channel.js'

/** Of the repository, as seen from this source file. */
const ROOT = new URL('../../../', import.meta.url).href
const PROBE_URL = pathToFileURL(scriptPath(import.meta.url, './probe')).href
/** A process that does not end by itself after SIGTERM would hold its port and its memory. */
const END_MS = 10_000

const running = new Set<ChildProcess>()

export interface ProcessOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A process of its own, with the probe in it. */
export class MeasuredProcess {
  readonly child: ChildProcess
  readonly channel: Channel

  private constructor(child: ChildProcess) {
    this.child = child
    this.channel = new Channel(child)
  }

  /** Starts a script; what it prints is read by whoever listens to `child.stdout`, errors go to ours. */
  static start(script: string, { args = [], env = {} }: ProcessOptions = {}): MeasuredProcess {
    const flags = ['--expose-gc', '--import', PROBE_URL]
    const child = spawn(process.execPath, [...flags, script, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    keepTrackOf(child)
    return new MeasuredProcess(child)
  }

  /** Resolves with the first of these news; rejects when the process ends before. */
  async news<T>(name: string): Promise<T> {
    const ended = new AbortController()
    let stop = () => {}
    try {
      return await Promise.race([
        new Promise<T>((resolve) => {
          stop = this.channel.on<T>(name, resolve)
        }),
        once(this.child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
          throw new Error(`${this.child.spawnargs.at(-1)} ended early (${signal ?? code})`)
        }),
      ])
    } finally {
      stop()
      ended.abort()
    }
  }

  ask<T = null>(question: string, argument?: unknown): Promise<T> {
    return this.channel.ask<T>(question, argument)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Ends the process and waits for that. May be called twice. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    const overdue = setTimeout(() => this.child.kill('SIGKILL'), END_MS)
    await exit
    clearTimeout(overdue)
  }
}

/**
 * The path of a built module beside the caller's: `scriptPath(import.meta.url, './x')`. What runs in a process of its
 * own is always built (`npm run build:bench`), whatever loader runs the caller.
 */
export function scriptPath(from: string, name: string): string {
  const built = from.endsWith('.ts') ? from.replace(ROOT, `${ROOT}.bench/`) : from
  return fileURLToPath(new URL(`${name}.js`, built))
}

/** Ends this process with the others, however the run ends. */
export function keepTrackOf(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** Ends all processes that were started here, at once. */
export function killMeasuredProcesses(): void {
  for (const child of running) child.kill('SIGKILL')
}
