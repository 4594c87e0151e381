import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import type { Cleanup } from '../cleanup.js'
import { type HeardMessage, readMessage } from './heard-message.js'
import { FUNCTIONS, type ShellEnvironment, type Terminal } from './terminal.js'

const Page = z.object({ messages: z.array(z.unknown()) })
const Appended = z.object({ message: z.unknown() })

/** A `follow` in the background of the terminal: what it receives is printed when it comes. */
export class Follower {
  readonly messages: HeardMessage[] = []
  readonly #terminal: Terminal
  readonly #known = new Set<string>()
  #event = ''

  private constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** `command` writes server-sent events; it is ended with the cleanup. */
  static open(
    command: string,
    env: ShellEnvironment,
    terminal: Terminal,
    cleanup: Cleanup,
  ): Follower {
    const follower = new Follower(terminal)
    terminal.typed(`${command} &`)
    const child = spawn('sh', ['-c', `. ${FUNCTIONS}\n${command}`], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    createInterface({ input: child.stdout }).on('line', (line) => follower.#read(line))
    cleanup.teardown(() => {
      // The shell and the curl below it are a process group of their own.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
    return follower
  }

  get count(): number {
    return this.messages.length
  }

  /** Tool calls that have no result so far: a step that is still open, or was cut off. */
  get openCalls(): number {
    const answered = new Set(this.messages.map(({ answers }) => answers))
    return this.messages.flatMap(({ calls }) => calls).filter((id) => !answered.has(id)).length
  }

  /** One line of the stream. Source: WHATWG HTML, server-sent events; data is one line here. */
  #read(line: string): void {
    if (line.startsWith('event: ')) this.#event = line.slice('event: '.length)
    if (line === '') this.#event = ''
    if (!line.startsWith('data: ')) return
    const data: unknown = JSON.parse(line.slice('data: '.length))
    if (this.#event === 'history')
      for (const message of Page.parse(data).messages) this.#take(message)
    if (this.#event === 'message') this.#take(Appended.parse(data).message)
  }

  /** A gateway sends pages again, and messages before they are in the transcript, without an id. */
  #take(value: unknown): void {
    const message = readMessage(value)
    if (message === null || this.#known.has(message.id)) return
    this.#known.add(message.id)
    this.messages.push(message)
    this.#terminal.heard(message.words)
  }
}
