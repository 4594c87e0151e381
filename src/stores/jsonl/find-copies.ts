import { textOf } from '../openclaw/format/fields.js'
import { type Line, readLine } from '../openclaw/format/line.js'
import { type ByteSource, readBytes } from './byte-source.js'
import { type Copies, NO_COPIES, type PaidLines } from './copied-lines.js'

/** A header is a short line. */
const MAX_HEADER_BYTES = 4096

/** Where to look for what a transcript has of others. */
export interface CopySources {
  /** Paths of the transcripts that it was forked from, as its header names them or its store does. */
  forkedFrom(parentSession: string | null): Promise<readonly string[]>
  /** Paths of older ones that begin alike. */
  readonly older: readonly string[]
  readonly paidLines: PaidLines
}

/** What was found of a transcript's beginnings. */
export interface FoundCopies {
  readonly copies: Copies
  /** What it says that it was forked from. */
  readonly parents: readonly string[]
}

export const NO_ANCESTRY: FoundCopies = { copies: NO_COPIES, parents: [] }

/**
 * Finds the lines of a transcript that are not its own. One that says to be a fork of something that is gone has copies
 * too: all that is older than itself.
 */
export async function findCopies(
  source: ByteSource,
  size: number,
  { forkedFrom, older, paidLines }: CopySources,
): Promise<FoundCopies> {
  const header = await readHeader(source, size)
  const parent = header === null ? null : textOf(header.fields.parentSession)
  const parents = await forkedFrom(parent)
  const paths = [...new Set([...parents, ...older])]
  if (paths.length === 0 && parent === null) return NO_ANCESTRY
  const isParentGone = parent !== null && (await paidLines.keysOf(parents)) === null
  const keys = (await paidLines.keysOf(paths)) ?? NO_COPIES.keys
  const beforeMs = isParentGone ? (header?.timestampMs ?? null) : null
  // A parent that is gone is one, too: whoever begins alike has nothing to say about this one.
  const said = parents.length === 0 && parent !== null ? [parent] : parents
  return { copies: { paths, keys, beforeMs }, parents: said }
}

async function readHeader(source: ByteSource, size: number): Promise<Line | null> {
  const head = await readBytes(source, 0, Math.min(size, MAX_HEADER_BYTES))
  const line = readLine(head.toString('utf8').split('\n', 1)[0] ?? '')
  return line?.type === 'session' ? line : null
}
