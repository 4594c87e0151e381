import * as z from 'zod'
import { ControlAction } from './control.js'
import { SessionKey } from './key.js'
import { pageLimit } from './query.js'

/** Most entries on one page of the audit log. */
export const MAX_AUDIT_LIMIT = 1000

/** What operators do: to runs, and to sessions at rest. */
export const AuditAction = z
  .enum([...ControlAction.options, 'patch', 'compact', 'archive', 'delete', 'cleanup'])
  .meta({ id: 'AuditAction' })
export type AuditAction = z.infer<typeof AuditAction>

/** The outcome of an entry that was written before its action was asked for. */
export const ASKED = 'asked'

/** One action that was asked for, or what came of it: each has an entry of both kinds, unless the process died between. */
export const AuditEntry = z
  .object({
    at: z.iso.datetime(),
    token: z.string().describe('Name of the token.'),
    tokenId: z.string(),
    action: AuditAction,
    session: SessionKey,
    outcome: z
      .string()
      .describe(
        '`asked` before the action; then the outcome of the answer, or the code of its error.',
      ),
    ok: z.boolean().nullable().describe('`null` before the action.'),
    runId: z.string().nullable(),
    reason: z.string().nullable().describe('As the operator gave it.'),
    bulk: z.boolean().describe('One of many sessions of a bulk request.'),
    actionId: z.string().optional().describe('The same in both entries of one action.'),
    killedSessions: z.array(SessionKey).optional().describe('Of a kill: the runs that it ended.'),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

/** An entry with its place in the log. */
export const AuditRecord = AuditEntry.extend({ id: z.string() }).meta({ id: 'AuditRecord' })
export type AuditRecord = z.infer<typeof AuditRecord>

const CURSOR = /^\d{13}-[0-9a-f]{8}\.\d{1,9}$/

export const AuditQuery = z
  .object({
    limit: pageLimit(MAX_AUDIT_LIMIT).default(100).describe('Entries on a page.'),
    cursor: z
      .string()
      .regex(CURSOR, 'must be a nextCursor')
      .optional()
      .describe('`nextCursor` of the page before.'),
    session: z.string().max(4096).trim().optional().describe('Exact key.'),
    token: z.string().max(100).optional().describe('Name or id of a token.'),
    action: AuditAction.optional(),
    since: z.iso.datetime({ offset: true }).optional().describe('At or after this time.'),
  })
  .meta({ id: 'AuditQuery' })
export type AuditQuery = z.infer<typeof AuditQuery>

/** Newest first. */
export const AuditPage = z
  .object({
    entries: z.array(AuditRecord),
    count: z.number().int(),
    limitApplied: z.number().int(),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AuditPage' })
export type AuditPage = z.infer<typeof AuditPage>

/** Where actions are written down. An entry that was appended is there after a crash of the process. */
export interface AuditLog {
  /** Throws `unavailable` when the entry was not kept: its action is then not done. */
  append(entry: AuditEntry): Promise<void>
  page(query: AuditQuery): Promise<AuditPage>
}
