import * as z from 'zod'
import { flag } from '../../contract/query.js'

/** Query parameters of a route that answers with a page, or with a stream of what is added; `id`: of its events. */
export const followable = <Id extends z.ZodType>(id: Id) => ({
  follow: flag
    .default(false)
    .describe('Answer as an event stream; so does `Accept: text/event-stream`.'),
  last_event_id: id
    .optional()
    .describe('Resume right after this event. The header `Last-Event-ID` wins. Streams only.'),
  ticket: z
    .string()
    .max(4096)
    .optional()
    .describe('A stream ticket in place of a credential. Streams only.'),
})

/** Request headers of the same. */
export const resumable = <Id extends z.ZodType>(id: Id) =>
  z.object({
    'last-event-id': id.optional().meta({ description: 'Resume right after this event.' }),
  })
