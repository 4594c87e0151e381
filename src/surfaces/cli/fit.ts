import stringWidth from 'string-width'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** The beginning of a text in at most `width` columns, with `…` where something was cut. */
export function cutEnd(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${head(text, width - 1)}…`
}

/** Fills up with spaces to `width` columns. */
export function padded(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + spaces : spaces + text
}

function head(text: string, width: number): string {
  return take(
    [...graphemes.segment(text)].map(({ segment }) => segment),
    width,
  ).join('')
}

/** What people see as one character stays whole. */
function take(segments: readonly string[], width: number): string[] {
  const taken: string[] = []
  let left = width
  for (const segment of segments) {
    left -= widthOf(segment)
    if (left < 0) break
    taken.push(segment)
  }
  return taken
}
