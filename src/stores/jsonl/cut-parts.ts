import { reading } from '../../system/unreadable.js'
import { entryKey } from '../openclaw/format/fingerprint.js'
import type { PriceTable } from '../openclaw/format/prices.js'
import { addUsage, emptySums, type Sums } from '../openclaw/format/totals.js'
import { type Copies, isCopied } from './copied-lines.js'
import { openFile } from './file-version.js'
import { scanLines } from './line-reader.js'

/** What was paid in parts cut from a transcript, and the entries it was paid for. */
export interface CutParts {
  readonly paths: readonly string[]
  readonly sums: Sums
  /** Of lines that another session paid for. */
  readonly inherited: Sums
  readonly paid: ReadonlySet<number>
}

export const NO_PARTS: CutParts = {
  paths: [],
  sums: emptySums(),
  inherited: emptySums(),
  paid: new Set(),
}

/** Sums the usage in parts, each entry once; a part that is gone counts for nothing. Throws `source_unreadable`. */
export function readCutParts(
  paths: readonly string[],
  prices: PriceTable,
  copies: Copies,
): Promise<CutParts> {
  return reading('A part that was cut from the transcript', () => readParts(paths, prices, copies))
}

async function readParts(
  paths: readonly string[],
  prices: PriceTable,
  copies: Copies,
): Promise<CutParts> {
  const sums = emptySums()
  const inherited = emptySums()
  const paid = new Set<number>()
  for (const path of paths) {
    const file = await openFile(path)
    if (file === null) continue
    try {
      await scanLines(file.handle, 0, file.version.size, (line) => {
        if (line === null || line.usage === null) return
        const key = entryKey(line)
        if (line.id !== null && paid.has(key)) return
        if (line.id !== null) paid.add(key)
        addUsage(isCopied(line, copies) ? inherited : sums, line.usage, prices)
      })
    } finally {
      await file.handle.close()
    }
  }
  return { paths, sums, inherited, paid }
}
