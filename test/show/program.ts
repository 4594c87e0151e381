import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Cleanup } from '../cleanup.js'
import { until } from '../until.js'

/** A first start on a slow machine. */
const START_MS = 30_000

/** A program that is shown, with an environment of its own; killed with the cleanup. */
export class Program {
  readonly lines: string[] = []
  readonly #child: ChildProcess

  constructor(words: readonly string[], env: Record<string, string>, cleanup: Cleanup) {
    const child = spawn(process.execPath, words, {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line))
    cleanup.teardown(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
  }

  say(text: string): void {
    this.#child.stdin?.write(`${text}\n`)
  }

  /** The first group of a pattern in what it wrote. Rejects when it does not come. */
  async wrote(pattern: RegExp): Promise<string> {
    const found = () => this.lines.map((line) => pattern.exec(line)?.[1]).find(Boolean)
    await until(() => found() !== undefined, START_MS)
    return found() ?? ''
  }
}
