/** Whether a glob matches the whole text; `*` is any characters, all else itself. Case does not count. */
export type Glob = (text: string) => boolean

/**
 * Compiles a glob. Matched piece by piece from the left, which is linear: a regular expression of many stars would let
 * one token's pattern stall the process.
 */
export function compileGlob(pattern: string): Glob {
  const pieces = pattern.trim().toLowerCase().split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return (text) => text.toLowerCase() === first
  const last = pieces[pieces.length - 1] ?? ''
  const middle = pieces.slice(1, -1)
  return (text) => {
    const lower = text.toLowerCase()
    if (lower.length < first.length + last.length) return false
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false
    return inOrder(lower.slice(first.length, lower.length - last.length), middle)
  }
}

function inOrder(text: string, pieces: readonly string[]): boolean {
  let from = 0
  for (const piece of pieces) {
    const at = text.indexOf(piece, from)
    if (at === -1) return false
    from = at + piece.length
  }
  return true
}
