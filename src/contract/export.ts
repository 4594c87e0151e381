import * as z from 'zod'
import { previousId } from './previous.js'
import { flag } from './query.js'

export const ExportFormat = z.enum(['jsonl', 'json', 'markdown']).meta({ id: 'ExportFormat' })
export type ExportFormat = z.infer<typeof ExportFormat>

export const ExportQuery = z
  .object({
    format: ExportFormat.default('jsonl').describe(
      '`jsonl` is a message a line, `json` one document with the row of the session, `markdown` for people.',
    ),
    redact: flag
      .default(false)
      .describe('Without the words of messages and tools, also for a token that may read them.'),
  })
  .extend({ sessionId: previousId })
  .meta({ id: 'ExportQuery' })
export type ExportQuery = z.infer<typeof ExportQuery>

/** A piece of an export: some messages, or what stands before or after them. */
export interface ExportChunk {
  readonly text: string
  /** How far the export is with it, in the unit of `total`. */
  readonly done: number
  /** Messages of this piece that are longer than can be read, and were cut; absent where nobody counts them. */
  readonly cut?: number
}

/** A whole transcript, made while it is read: whoever is slow or goes away makes it slow or ends it. */
export interface SessionExport {
  /** What `done` goes up to: messages, or bytes where those are what is seen. Never more than roughly right. */
  readonly total: number
  /** Throws `cursor_gone` when the transcript is rewritten meanwhile: what came out is not whole. */
  readonly chunks: AsyncIterable<ExportChunk>
}
