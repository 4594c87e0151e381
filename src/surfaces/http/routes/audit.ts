import { AuditPage, AuditQuery, type AuditRecord } from '../../../contract/audit.js'
import { type Grant, isUnrestricted, REDACTED } from '../../../contract/grant.js'
import { SessionsError } from '../../../errors.js'
import { json, NO_STORE, paged } from '../answer.js'
import { EXAMPLE_AUDIT } from '../openapi/examples.js'
import { guarded } from '../operation.js'
import { PageHeaders } from '../page-headers.js'

export const readAudit = guarded({
  operationId: 'readAudit',
  method: 'GET',
  path: '/api/audit',
  scope: 'operator.admin',
  tag: 'Control',
  summary: 'Read who controlled what',
  description:
    'Every action that was asked for, and again with what came of it, the newest first. Needs a token without limits on agents and sessions: the log is of all of them.',
  query: AuditQuery,
  responses: {
    200: {
      description: 'A page of the log.',
      headers: PageHeaders,
      content: {
        'application/json': {
          schema: AuditPage,
          examples: { page: { summary: 'The only page', value: EXAMPLE_AUDIT } },
        },
      },
    },
  },
  errors: ['outside_grant', 'not_supported', 'unavailable'],
  async handle({ audit, grant, query }) {
    if (!isUnrestricted(grant))
      throw new SessionsError(
        'outside_grant',
        'The audit log is of all agents: use a token that is not limited to some.',
      )
    if (audit === null)
      throw new SessionsError('not_supported', 'The host of this service keeps no audit log.')
    const page = await audit.page(query)
    const entries = page.entries.map((entry) => readable(entry, grant))
    return paged(json({ ...page, entries }, NO_STORE), page.nextCursor)
  },
})

/** A reason is text of a person, as the words of a conversation are. */
function readable(entry: AuditRecord, { redact }: Grant): AuditRecord {
  return redact === 'none' || entry.reason === null ? entry : { ...entry, reason: REDACTED }
}
