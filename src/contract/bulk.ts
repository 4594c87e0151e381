import * as z from 'zod'
import { ControlAction, ControlOutcome } from './control.js'
import { fieldsByName } from './query.js'
import { ListQuery } from './session.js'

/** Sessions that one bulk request may act on. More would hold its connection for minutes. */
export const MAX_BULK_SESSIONS = 1000

/**
 * The filters of the list, in the singular or the plural. Unknown names are refused: a misspelt filter would act on every
 * session.
 */
export const BulkFilter = z
  .strictObject(ListQuery.omit({ limit: true, cursor: true, sort: true, messageLimit: true }).shape)
  .meta({ id: 'BulkFilter' })
export type BulkFilter = z.infer<typeof BulkFilter>

const GivenFilter = z
  .record(z.string(), z.unknown())
  .refine(
    (given) => Object.keys(given).length > 0,
    'must name at least one condition; {"active": true} means every active session',
  )
  .transform(named)
  .pipe(BulkFilter)

/** With the names that the filter has for them. Both names of one filter would contradict each other: one is unknown then. */
function named(given: Record<string, unknown>): Record<string, unknown> {
  const fields = fieldsByName(BulkFilter.shape)
  const entries = Object.entries(given).map(([name, value]) => {
    const field = fields.get(name) ?? name
    return [field !== name && Object.hasOwn(given, field) ? name : field, value]
  })
  return Object.fromEntries(entries)
}

export const BulkControlRequest = z
  .strictObject({
    action: ControlAction,
    reason: z.string().max(500).optional().describe('Shown in the rows and the audit log.'),
    keys: z
      .array(z.string().min(1))
      .min(1)
      .max(MAX_BULK_SESSIONS)
      .optional()
      .describe('Session keys or ids; either these or `filter`.'),
    filter: GivenFilter.optional().describe('The filters of the list; either these or `keys`.'),
    dryRun: z.boolean().default(false).describe('Say what would be asked for, and do nothing.'),
  })
  .refine(
    ({ keys, filter }) => (keys === undefined) !== (filter === undefined),
    'must have either `keys` or `filter`',
  )
  .meta({ id: 'BulkControlRequest' })
export type BulkControlRequest = z.infer<typeof BulkControlRequest>

/** What became of one session. */
export const BulkResult = z
  .object({
    session: z.string().describe('Canonical key; as it was given where no such session exists.'),
    ok: z.boolean(),
    outcome: ControlOutcome.nullable().describe('As read back; `null` on a failure and a dry run.'),
    runId: z.string().nullable(),
    wouldAct: z
      .boolean()
      .optional()
      .describe('Of a dry run: false where there is nothing to do now.'),
    verifiedAt: z.iso.datetime().nullable(),
    note: z.string().optional(),
    error: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }).nullable(),
  })
  .meta({ id: 'BulkResult' })
export type BulkResult = z.infer<typeof BulkResult>

export const BulkControlAnswer = z
  .object({
    success: z.boolean().describe('No session failed.'),
    action: ControlAction,
    dryRun: z.boolean(),
    count: z.number().int(),
    failed: z.number().int(),
    results: z
      .array(BulkResult)
      .describe('One for each session, in the order of `keys`, or of the list.'),
  })
  .meta({ id: 'BulkControlAnswer' })
export type BulkControlAnswer = z.infer<typeof BulkControlAnswer>
