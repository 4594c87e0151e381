import * as z from 'zod'
import { HistoryPage } from './history.js'
import { SessionKey } from './key.js'
import { Message } from './message.js'
import { Position, ResetReason } from './position.js'

/** Payload of `event: message`: one message appended to the transcript, whoever wrote it. */
export const MessageAppended = z
  .object({
    sessionKey: SessionKey,
    message: Message,
    messageId: z.string().nullable(),
    messageSeq: z.number().int(),
  })
  .meta({ id: 'MessageAppended' })
export type MessageAppended = z.infer<typeof MessageAppended>

/** Payload of `event: reset`: the place is gone, a fresh `history` follows. */
export const Reset = z.object({ sessionKey: SessionKey, reason: ResetReason }).meta({ id: 'Reset' })
export type Reset = z.infer<typeof Reset>

/**
 * What a follower of one session receives. `id` is the position up to which everything has been said. Followers of the
 * same variant receive the same object, so that a surface can encode it once.
 */
export const FollowEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('history'), id: Position, data: HistoryPage }),
    z.object({ type: z.literal('message'), id: Position, data: MessageAppended }),
    z.object({ type: z.literal('reset'), id: Position, data: Reset }),
  ])
  .meta({ id: 'FollowEvent' })
export type FollowEvent = z.infer<typeof FollowEvent>
