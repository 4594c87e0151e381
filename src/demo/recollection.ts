import { cutText } from '../system/well-formed.js'

/** Prompts that a summary names. */
const REMEMBERED_PROMPTS = 4
const LONGEST_REMEMBERED = 90

/** What a session would say of itself when its context is compacted. */
export class Recollection {
  readonly #prompts: string[] = []

  hear(prompt: string): void {
    this.#prompts.push(firstLine(prompt))
    if (this.#prompts.length > REMEMBERED_PROMPTS) this.#prompts.shift()
  }

  summary(): string {
    const asked = this.#prompts.map((prompt) => `- ${prompt}`).join('\n')
    return `## Asked so far\n${asked}\n\n## State\nThe last request is being worked on; earlier ones are answered. Files and numbers named above are in the workspace.`
  }
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length > LONGEST_REMEMBERED ? `${cutText(line, LONGEST_REMEMBERED)}…` : line
}
