/** A message's place in what one writer wrote into one session, from 1. */
export interface Numbered {
  readonly writer: string
  readonly number: number
}

/** The text of a numbered message. */
export function numberedText({ number, writer }: Numbered): string {
  return `${writer} wrote ${number}`
}

/** What a message's text says; `null` for other messages. */
export function readNumbered(text: string): Numbered | null {
  const found = /^(\w+) wrote (\d+)$/.exec(text)
  return found === null ? null : { writer: found[1] ?? '', number: Number(found[2]) }
}
