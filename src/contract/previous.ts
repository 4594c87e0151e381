import * as z from 'zod'
import type { StoredSession } from './store.js'

/** Why a transcript is not the current one any more. */
export const PreviousReason = z
  .enum(['reset', 'deleted', 'cut', 'thread', 'replaced'])
  .describe(
    '`cut`: as it was before lines were cut from it. `thread`: another thread of the session. `replaced`: the session went on under another id.',
  )
  .meta({ id: 'PreviousReason' })
export type PreviousReason = z.infer<typeof PreviousReason>

/** A transcript that a session had before, or has beside its current one. */
export const PreviousTranscript = z
  .object({
    sessionId: z
      .string()
      .describe(
        'To read it: `sessionId=` of history, export and trajectory. The id that it had, or the name of its file where that would be ambiguous.',
      ),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable().describe('When it was put away, or changed last.'),
    reason: PreviousReason,
    bytes: z.number().int(),
  })
  .meta({ id: 'PreviousTranscript' })
export type PreviousTranscript = z.infer<typeof PreviousTranscript>

/** `sessionId=` of a route that reads a transcript. */
export const previousId = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe(
    'Read this one of the `previousTranscripts` of the session instead of the current transcript; not with `follow`.',
  )

/** A previous transcript as its store knows it. */
export interface StoredPrevious extends PreviousTranscript {
  /** What its store is asked with for it: the session, as it was when this was its transcript. */
  readonly stored: StoredSession
}

/** A store that finds the transcripts a session had before. An optional ability of a store. */
export interface PreviousTranscripts {
  /** Newest first; only those that are known to be of this session. */
  previousTranscripts(session: StoredSession): Promise<readonly StoredPrevious[]>
}

export function keepsPrevious<T extends object>(store: T): store is T & PreviousTranscripts {
  return 'previousTranscripts' in store
}

/** Names of the fields that are told. */
export function tellPrevious(previous: StoredPrevious): PreviousTranscript {
  const { stored: _stored, ...told } = previous
  return told
}
