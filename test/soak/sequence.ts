import type { Numbered } from './numbered-text.js'

/** What one follower has seen of each writer; finds every gap and every repetition. */
export class Sequence {
  readonly name: string
  readonly #seen = new Map<string, number>()
  readonly problems: string[] = []

  constructor(name: string) {
    this.name = name
  }

  /** The last number of a writer. */
  last(writer: string): number {
    return this.#seen.get(writer) ?? 0
  }

  take({ number, writer }: Numbered): void {
    const expected = this.last(writer) + 1
    if (number < expected) this.fail(`${writer}'s ${number} came again, after ${expected - 1}`)
    if (number > expected)
      this.fail(`${writer}'s ${expected} to ${number - 1} are missing, ${number} came`)
    this.#seen.set(writer, Math.max(number, expected - 1))
  }

  fail(problem: string): void {
    this.problems.push(`${this.name}: ${problem}`)
  }
}
