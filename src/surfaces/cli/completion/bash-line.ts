/** A line of bash up to the cursor. */
export interface BashLine {
  /** Words before the one being typed, without their quotes; the first is the program. */
  readonly words: readonly string[]
  /** The word being typed, as far as it is there. */
  readonly current: string
  /** How many of its characters stay: bash replaces what follows the last character of COMP_WORDBREAKS. */
  readonly kept: number
  /** The quote that is still open. */
  readonly quote: string | null
}

/**
 * Takes a line apart as bash does. COMP_WORDS is of no use for that: in it `agent:main:main` is five words, as `breaks`
 * (COMP_WORDBREAKS) has a colon. Source: bash manual, "Quoting" and "Programmable Completion".
 */
export function bashLine(line: string, breaks: string): BashLine {
  const words: string[] = []
  let current: string | null = null
  let kept = 0
  let quote: string | null = null
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (quote === null && /\s/.test(char)) {
      if (current !== null) words.push(current)
      current = null
      kept = 0
    } else if (char === quote || (quote === null && /["']/.test(char))) {
      quote = quote === null ? char : null
      current ??= ''
      kept = current.length
    } else if (char === '\\' && quote !== "'") {
      current = (current ?? '') + line.charAt(++at)
    } else {
      current = (current ?? '') + char
      if (quote === null && breaks.includes(char)) kept = current.length
    }
  }
  return { words, current: current ?? '', kept, quote }
}

/** What bash is to put in place of the end of the word, or `null` where an open quote cannot hold it. */
export function bashReply(word: string, { kept, quote }: BashLine): string | null {
  const rest = word.slice(kept)
  if (quote === "'") return rest.includes("'") ? null : rest
  if (quote === '"') return /["$`\\!]/.test(rest) ? null : rest
  return rest.replaceAll(/[^\w@%+=:,./\u0080-\u{10ffff}-]/gu, '\\$&')
}
