import { InvalidArgumentError, Option } from 'commander'
import { Age } from '../../contract/cleanup.js'
import { KindFilter } from '../../contract/session.js'

/** What a command takes for a session: it is looked up as in `GET /api/sessions/{key}`. */
export const KEY_MEANING = 'session key, `main` or another bare name, or session id'

/** Which transcript of a session, for commands that read one. */
export const previousOption = () =>
  new Option('--session-id <id>', 'read one of the transcripts before, as `show` names them')

/** A whole number, at least `min`. */
export const wholeNumberArgument =
  (min: number, example: number) =>
  (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min) return number
    throw new InvalidArgumentError(`It is a whole number from ${min} on, for example ${example}.`)
  }

/** An amount of USD. */
export function usd(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is an amount in USD, for example 0.50.')
}

/** How many rows; infinitely many for all. */
export function rowLimit(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumberArgument(1, 50)(text)
}

/** Which kinds, separated by commas. */
export const kindOption = () =>
  new Option('--kind <kinds>', 'only these kinds, separated by commas')
    .choices(KindFilter.options)
    .argParser(kinds)

function kinds(text: string, before: KindFilter[] = []): KindFilter[] {
  return [...before, ...text.split(',').map((word) => kindOf(word.trim()))]
}

function kindOf(word: string): KindFilter {
  const kind = KindFilter.safeParse(word)
  if (kind.success) return kind.data
  throw new InvalidArgumentError(
    `Kinds are ${KindFilter.options.join(', ')}; OpenClaw's direct is chat here, its spawn-child is subagent.`,
  )
}

/** An age, as a service takes it. */
export function age(text: string): string {
  if (Age.safeParse(text).success) return text
  throw new InvalidArgumentError('It is an age such as 90m, 1h, 30d or 2w.')
}
