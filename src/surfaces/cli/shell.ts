/** A word for `sh` that means itself, whatever is in it. Source: POSIX XCU §2.2.2. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A session key as one path segment that also survives single quotes in a shell. */
export function pathSegment(key: string): string {
  return encodeURIComponent(key).replaceAll("'", '%27')
}
