import { cutEnd, padded, widthOf } from './fit.js'
import type { Paint } from './style.js'

/** Narrower columns say nothing any more; a terminal that is too small for them wraps. */
const MIN_WIDTH = 6
const GAP = '  '

export interface TableColumn {
  readonly head: string
  readonly align?: 'right'
  /** Names something that is typed again, such as a key: never cut. Where that leaves no room, it has its own line. */
  readonly whole?: true
}

/** A text, or one in a colour. */
export type TableCell = string | { readonly text: string; readonly paint: Paint }

export interface TableOptions {
  /** Columns of the terminal; `null`: as wide as it gets. */
  readonly width?: number | null
  readonly headPaint?: Paint
}

/**
 * Rows under a head, in columns that stay aligned with wide characters, cut to fit the terminal: words only, no numbers and
 * no whole columns. Where these alone do not fit, whole columns go to an indented line below each row.
 */
export function table(
  columns: readonly (TableColumn | string)[],
  rows: readonly (readonly TableCell[])[],
  { headPaint = (text) => text, width = null }: TableOptions = {},
): string {
  const specs = columns.map((column) => (typeof column === 'string' ? { head: column } : column))
  const heads = specs.map(({ head }) => ({ text: head, paint: headPaint }))
  const all = [heads, ...rows]
  const natural = specs.map((_, at) => Math.max(...all.map((row) => widthOf(textOf(row[at])))))
  if (width === null) return all.map((row) => lineOf(row, specs, natural)).join('\n')
  const widths = shrunk(natural, specs, width)
  const fits = totalOf(widths) <= width
  if (fits || !specs.some(({ whole }) => whole))
    return all.map((row) => lineOf(row, specs, widths)).join('\n')
  return all.map((row) => twoLines(row, specs, natural, width)).join('\n')
}

/** What can be cut to fit, and below it what cannot. */
function twoLines(
  row: readonly TableCell[],
  specs: readonly TableColumn[],
  natural: readonly number[],
  width: number,
): string {
  const isShort = specs.map(({ whole }) => whole !== true)
  const short = specs.filter((_, at) => isShort[at])
  const widths = shrunk(
    natural.filter((_, at) => isShort[at]),
    short,
    width,
  )
  const facts = lineOf(
    row.filter((_, at) => isShort[at]),
    short,
    widths,
  )
  const names = row.filter((cell, at) => !isShort[at] && textOf(cell) !== '').map(painted)
  return [facts, ...(names.length === 0 ? [] : [GAP + names.join(GAP)])].join('\n')
}

const painted = (cell: TableCell) => (typeof cell === 'string' ? cell : cell.paint(cell.text))

function lineOf(
  row: readonly TableCell[],
  specs: readonly TableColumn[],
  widths: readonly number[],
): string {
  const last = lastFilled(row)
  const cells = specs.slice(0, last + 1).map(({ align }, at) => {
    const cell = row[at] ?? ''
    const width = widths[at] ?? 0
    const fits = cutEnd(textOf(cell), width)
    const isOpen = at === last && align === undefined
    const filled = isOpen ? fits : padded(fits, width, align)
    return typeof cell === 'string' ? filled : cell.paint(filled)
  })
  return cells.join(GAP)
}

/** No spaces at the end of a line. */
function lastFilled(row: readonly TableCell[]): number {
  return row.findLastIndex((cell) => textOf(cell) !== '')
}

/** Takes from the widest column of words, until all columns fit or no word is left to cut. */
function shrunk(
  natural: readonly number[],
  specs: readonly TableColumn[],
  width: number,
): number[] {
  const widths = [...natural]
  const isCut = specs.map(({ align, whole }) => align === undefined && whole !== true)
  for (let over = totalOf(widths) - width; over > 0; over--) {
    const widest = Math.max(...widths.filter((_, at) => isCut[at]))
    if (!(widest > MIN_WIDTH)) return widths
    widths[widths.findIndex((one, at) => isCut[at] && one === widest)] = widest - 1
  }
  return widths
}

const totalOf = (widths: readonly number[]) =>
  widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1))

function textOf(cell: TableCell | undefined): string {
  return cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text
}
