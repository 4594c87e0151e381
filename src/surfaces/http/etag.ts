const TAG = /(?:W\/)?("[^"]*")/g

/**
 * True when `If-None-Match` knows the tag: any of a list, weak or strong, or `*`. Source: RFC 9110 §13.1.2 (weak
 * comparison).
 */
export function knowsTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  return [...ifNoneMatch.matchAll(TAG)].some((match) => match[1] === opaque)
}
