import * as z from 'zod'

/** What this API adds to a transcript message, always its last key. Source: formats 2026.4 §5, 2026.5 §1.22. */
export const MessageMeta = z
  .object({
    id: z.string().optional().describe('Id of the transcript line.'),
    seq: z
      .number()
      .int()
      .describe('Place in the chosen view, from 1; dropped messages leave gaps.'),
    recordTimestampMs: z
      .number()
      .optional()
      .describe('Time of the transcript line, epoch milliseconds.'),
    kind: z.string().optional().describe('`compaction` on the row that stands for one.'),
    truncated: z.boolean().optional().describe('Something of this message was cut.'),
  })
  .loose()
  .meta({ id: 'MessageMeta' })
export type MessageMeta = z.infer<typeof MessageMeta>

/** A transcript message as it was written, sanitised; roles and blocks are the gateway's own. */
export const Message = z
  .object({
    role: z.string().describe('`user`, `assistant`, `toolResult` or `system`.'),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
    timestamp: z.number().optional().describe('Epoch milliseconds.'),
    __openclaw: MessageMeta,
  })
  .loose()
  .meta({
    id: 'Message',
    examples: [
      {
        role: 'user',
        content: 'How far are we?',
        timestamp: 1795234708779,
        __openclaw: { id: '430dc88f', seq: 1, recordTimestampMs: 1795234708780 },
      },
    ],
  })
export type Message = z.infer<typeof Message>
