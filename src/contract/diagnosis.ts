import * as z from 'zod'
import { SessionKey } from './key.js'
import { SessionStatus } from './session.js'

/** One thing that is known of a session, as a sentence without paths or text of its messages. */
export const Finding = z
  .object({
    about: z.enum([
      'source',
      'store',
      'transcript',
      'lock',
      'runtime',
      'hold',
      'control',
      'family',
    ]),
    level: z.enum(['ok', 'notice', 'problem']),
    text: z.string(),
  })
  .meta({ id: 'Finding' })
export type Finding = z.infer<typeof Finding>

/** Why a session has the status that it shows, and what to do about it. */
export const Diagnosis = z
  .object({
    session: SessionKey,
    status: SessionStatus,
    summary: z.string().describe('The evidence that decided, as in the row.'),
    findings: z.array(Finding),
    advice: z
      .array(z.string())
      .describe('What to do, the most useful first; empty when all is well.'),
    checkedAt: z.iso.datetime(),
  })
  .meta({ id: 'Diagnosis' })
export type Diagnosis = z.infer<typeof Diagnosis>
