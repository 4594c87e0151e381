import { cutEnd, cutMiddle, padded, widthOf } from './fit.js'
import type { Paint } from './style.js'

/** Narrower columns say nothing any more; a terminal that is too small for them wraps. */
const MIN_WIDTH = 6
const GAP = '  '

export interface Column {
  readonly head: string
  readonly align?: 'right'
  /** Where a text that is too long is cut. Default: at its end. */
  readonly cut?: 'middle'
}

/** A text, or one in a colour. */
export type Cell = string | { readonly text: string; readonly paint: Paint }

export interface TableOptions {
  /** Columns of the terminal; `null`: as wide as it gets. */
  readonly width?: number | null
  readonly headPaint?: Paint
}

/** Rows under a head, in columns that stay aligned with wide characters, cut to fit the terminal. */
export function table(
  columns: readonly (Column | string)[],
  rows: readonly (readonly Cell[])[],
  { headPaint = (text) => text, width = null }: TableOptions = {},
): string {
  const specs = columns.map((column) => (typeof column === 'string' ? { head: column } : column))
  const heads = specs.map(({ head }) => ({ text: head, paint: headPaint }))
  const all = [heads, ...rows]
  const natural = specs.map((_, at) => Math.max(...all.map((row) => widthOf(textOf(row[at])))))
  const widths = width === null ? natural : shrunk(natural, width)
  return all.map((row) => lineOf(row, specs, widths)).join('\n')
}

function lineOf(row: readonly Cell[], specs: readonly Column[], widths: readonly number[]): string {
  const last = lastFilled(row)
  const cells = specs.slice(0, last + 1).map(({ align, cut }, at) => {
    const cell = row[at] ?? ''
    const width = widths[at] ?? 0
    const fits = cut === 'middle' ? cutMiddle(textOf(cell), width) : cutEnd(textOf(cell), width)
    const isOpen = at === last && align === undefined
    const filled = isOpen ? fits : padded(fits, width, align)
    return typeof cell === 'string' ? filled : cell.paint(filled)
  })
  return cells.join(GAP)
}

/** No spaces at the end of a line. */
function lastFilled(row: readonly Cell[]): number {
  return row.findLastIndex((cell) => textOf(cell) !== '')
}

/** Takes from the widest column, until all of them fit. */
function shrunk(natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let over = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= MIN_WIDTH) return widths
    widths[widest] = (widths[widest] ?? 0) - 1
    over--
  }
  return widths
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text
}
