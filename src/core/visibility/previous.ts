import {
  keepsPrevious,
  type PreviousTranscript,
  type StoredPrevious,
  tellPrevious,
} from '../../contract/previous.js'
import { SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'

/** What a transcript is read with: a row, or a row as it was before. */
export type ReadableRow = Pick<KeptRow, 'key' | 'store' | 'stored'>

/** Transcripts that the session had before, newest first. */
export async function previousOf(row: ReadableRow): Promise<PreviousTranscript[]> {
  return (await foundOf(row)).map(tellPrevious)
}

/** The row as it was with this session id; itself for its own, or for none. Throws `session_not_found`. */
export async function rowAsOf(
  row: ReadableRow,
  sessionId: string | undefined,
): Promise<ReadableRow> {
  const { key, store, stored } = row
  if (sessionId === undefined || sessionId === stored.sessionId) return row
  const previous = (await foundOf(row)).find((one) => one.sessionId === sessionId)
  if (previous !== undefined) return { key, store, stored: previous.stored }
  throw new SessionsError(
    'session_not_found',
    `${key} has no transcript of session id ${sessionId}: previousTranscripts of /api/sessions/{key} names those it has.`,
  )
}

async function foundOf({ store, stored }: ReadableRow): Promise<readonly StoredPrevious[]> {
  return keepsPrevious(store) ? store.previousTranscripts(stored) : []
}
