import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** npm runs scripts at the root of the package. */
export const FUNCTIONS = resolve('test/show/functions.sh')

/** A command that has not ended by then hangs. */
const COMMAND_MS = 30_000

/** What the typed commands know: `TOKEN`, `URL` and, of a gateway that is followed itself, its own. */
export type ShellEnvironment = Readonly<Record<string, string>>

/** Prints what a terminal shows, and keeps count of the claims that did not hold. */
export class Terminal {
  #claims = 0
  #failed = 0

  /** Claims so far, and those that did not hold. */
  get count(): { readonly claims: number; readonly failed: number } {
    return { claims: this.#claims, failed: this.#failed }
  }

  heading(text: string): void {
    this.#print(`\n━━ ${text} ${'━'.repeat(Math.max(2, 96 - text.length))}`)
  }

  /** A remark of the narrator. */
  remark(text: string): void {
    this.#print(`\n# ${text}`)
  }

  /** What a follower in the background received. */
  heard(text: string): void {
    this.#print(`    │ ${clock()}  ${text}`)
  }

  /** A command as it is typed; `&` ones are run by whoever reads them. */
  typed(command: string): void {
    this.#print(`$ ${command}`)
  }

  /** Types a command into `sh`, shows and returns what it wrote. */
  async run(command: string, env: ShellEnvironment): Promise<string> {
    this.typed(command)
    const output = await shell(command, env)
    this.#print(output.trimEnd())
    return output
  }

  /** Something that has to be true for what is shown to be worth anything. */
  claim(words: string, holds: boolean): void {
    this.#claims += 1
    if (!holds) this.#failed += 1
    this.#print(`${holds ? '✓' : '✗ NOT SO:'} ${words}`)
  }

  /** The functions that are typed below. */
  async showFunctions(): Promise<void> {
    this.#print((await readFile(FUNCTIONS, 'utf8')).trimEnd())
  }

  #print(text: string): void {
    process.stdout.write(`${text}\n`)
  }
}

function shell(command: string, env: ShellEnvironment): Promise<string> {
  const script = `. ${FUNCTIONS}\n${command}`
  return new Promise((done, fail) => {
    const options = { env: { ...process.env, ...env }, timeout: COMMAND_MS }
    execFile('sh', ['-c', script], options, (error, out, problems) => {
      if (error === null) done(out + problems)
      else fail(new Error(`${command}: ${problems || error.message}`, { cause: error }))
    })
  })
}

function clock(): string {
  return new Date().toISOString().slice(11, 23)
}
