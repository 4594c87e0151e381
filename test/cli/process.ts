import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { parseConfig } from '../../src/config/config.js'
import type { runCommand } from '../../src/surfaces/cli/program.js'
import type { thisMachine } from '../../src/surfaces/cli/this-machine.js'
import { until } from '../until.js'

export const ROOT = join(import.meta.dirname, '../..')
export const FIXTURE = join(ROOT, 'fixtures/openclaw-2026.4.21')
/** As built: what runs from a terminal is tested as it is shipped. */
export const MAIN = join(ROOT, 'dist/surfaces/cli/main.js')

const built = (path: string) => import(join(ROOT, 'dist', path))
const BUILT: {
  readonly parseConfig: typeof parseConfig
  readonly runCommand: typeof runCommand
  readonly thisMachine: typeof thisMachine
} = {
  ...(await built('config/config.js')),
  ...(await built('surfaces/cli/program.js')),
  ...(await built('surfaces/cli/this-machine.js')),
}

export interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly uid?: number
}

/** The program with an environment of its own: nothing of this machine's settings reaches it. */
export class Program {
  out = ''
  err = ''
  readonly child: ChildProcess
  readonly exit: Promise<Finished>

  constructor(args: readonly string[], { env = {}, uid }: RunOptions = {}) {
    // The test runner hooks itself into child processes by this variable: what is shipped runs without it.
    this.child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, MAIN, ...args], {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.exit = once(this.child, 'close').then(([code]) => ({ code, out: this.out, err: this.err }))
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }
}

/** Runs the program to its end, as a process. */
export function runProcess(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return new Program(args, options).exit
}

/**
 * Runs a command of the built program to its end, inside this process: the same code without half a second of loading it.
 * Another user needs a process. What ends the process, or depends on its terminal, is tested with `Program`.
 */
export async function run(
  args: readonly string[],
  { env = {}, uid }: RunOptions = {},
): Promise<Finished> {
  if (uid !== undefined) return runProcess(args, { env, uid })
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const [out, err] = [text(stdout), text(stderr)]
  let hasFailed = false
  const machine = BUILT.thisMachine({
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    program: [process.execPath, MAIN],
    loadConfig: (overrides) => BUILT.parseConfig(env, overrides),
    fail: () => {
      hasFailed = true
    },
    untilInterrupted: () => new AbortController().signal,
    startService: () => Promise.reject(new Error('a service is started with Service.start')),
  })
  const code = await BUILT.runCommand(args, machine)
  await machine.close()
  stdout.end()
  stderr.end()
  return { code: hasFailed ? 1 : code, out: await out, err: await err }
}

/** A service that has shown its start screen; ended with the test. */
export class Service extends Program {
  static async start(
    t: Test,
    env: Record<string, string>,
    args = ['serve'],
    uid?: number,
  ): Promise<Service> {
    const own = uid === undefined ? {} : { uid }
    const service = new Service(args, { env: { SESSIONS_API_PORT: '0', ...env }, ...own })
    t.teardown(async () => {
      service.kill('SIGKILL')
      await service.exit
    })
    const ended = { is: false }
    service.exit.then(() => {
      ended.is = true
    })
    await until(() => ended.is || service.out.includes('Ctrl-C'))
    if (ended.is) throw new Error(`the service ended: ${service.err}`)
    return service
  }

  get url(): string {
    return /^ {2}url +(\S+)$/m.exec(this.out)?.[1] ?? ''
  }

  /** The commands to try, as they stand. */
  get commands(): string[] {
    return this.out.split('\n').filter((line) => /^(curl|TOKEN=)/.test(line))
  }

  get token(): string {
    return /Bearer (ocs_[\w-]+)/.exec(this.out)?.[1] ?? ''
  }

  get(path: string, token = this.token): Promise<Response> {
    return fetch(this.url + path, { headers: { authorization: `Bearer ${token}` } })
  }
}

/** Pastes text into a shell. */
export class Shell {
  out = ''
  readonly child: ChildProcess
  readonly exit: Promise<unknown>

  constructor(t: Test, script: string) {
    this.child = spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    this.child.stdin?.end(`${script}\n`)
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.exit = once(this.child, 'close')
    t.teardown(async () => {
      this.stop()
      await this.exit
    })
  }

  /** Ends the shell and what it started: they are a process group of their own. */
  stop(): void {
    const { pid, exitCode, signalCode } = this.child
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }
}
