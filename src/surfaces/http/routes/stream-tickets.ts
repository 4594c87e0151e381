import { TicketAnswer, TicketRequest } from '../../../contract/auth.js'
import { SessionsError } from '../../../errors.js'
import { json, NO_STORE } from '../answer.js'
import { EXAMPLE_TICKET } from '../openapi/examples.js'
import { guarded } from '../operation.js'

export const issueTicket = guarded({
  operationId: 'issueStreamTicket',
  method: 'POST',
  path: '/api/stream-tickets',
  scope: 'operator.read',
  tag: 'Signing in',
  summary: 'Get a ticket for an event stream',
  description:
    'For EventSource, which cannot send headers: add the ticket to the URL of the stream as `ticket`. It opens that stream only, must be used within a minute, is renewed while connected, and ends with the token it was made for.',
  body: TicketRequest,
  bodyExample: { path: '/sessions/agent%3Amain%3Amain/history?follow=1' },
  responses: {
    200: {
      description: 'The ticket.',
      content: {
        'application/json': {
          schema: TicketAnswer,
          examples: { ticket: { summary: 'A ticket', value: EXAMPLE_TICKET } },
        },
      },
    },
  },
  errors: ['session_not_found', 'ambiguous_session', 'not_supported', 'source_unreadable'],
  async handle({ tickets, streamAt, manager, body, grant }) {
    if (tickets === null)
      throw new SessionsError(
        'not_supported',
        'This service gives no tickets; open the stream with a credential.',
      )
    const stream = streamAt(body.path)
    if (stream === null)
      throw new SessionsError(
        'invalid_body',
        'Field "path" of the body must be the path of a stream, as /sessions/<key>/history?follow=1 or /api/events.',
        { details: { field: 'path' } },
      )
    const sessionKey = stream.key === null ? null : await manager.resolve(stream.key, grant)
    return json(await tickets.issue(grant, { operation: stream.operation, sessionKey }), NO_STORE)
  },
})
