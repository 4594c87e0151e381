import * as z from 'zod'
import { SessionKey } from './key.js'

export const ControlAction = z
  .enum(['pause', 'resume', 'stop', 'kill'])
  .meta({ id: 'ControlAction' })
export type ControlAction = z.infer<typeof ControlAction>

export const ControlRequest = z
  .strictObject({
    action: ControlAction,
    reason: z.string().max(500).optional().describe('Shown in the row and the audit log.'),
  })
  .meta({ id: 'ControlRequest', examples: [{ action: 'pause', reason: 'looks stuck in a loop' }] })
export type ControlRequest = z.infer<typeof ControlRequest>

/** What was read back after the action, not what was asked for. */
export const ControlOutcome = z
  .enum([
    'paused',
    'resumed',
    'stopped',
    'killed',
    'no_active_run',
    'already',
    'pausing',
    'stopping',
  ])
  .meta({ id: 'ControlOutcome' })
export type ControlOutcome = z.infer<typeof ControlOutcome>

export const ControlAnswer = z
  .object({
    success: z.literal(true),
    action: ControlAction,
    session: SessionKey,
    outcome: ControlOutcome,
    runId: z.string().nullable(),
    verifiedAt: z.iso.datetime().describe('When the state was read back.'),
    note: z
      .string()
      .optional()
      .describe('What else is worth knowing, such as queued turns that were cleared.'),
  })
  .meta({ id: 'ControlAnswer' })
export type ControlAnswer = z.infer<typeof ControlAnswer>

/** OpenClaw's shape; `killed` is false when nothing ran. */
export const KillAnswer = z
  .object({
    ok: z.literal(true),
    killed: z.boolean(),
    outcome: ControlOutcome,
    killedSessions: z.array(SessionKey),
  })
  .meta({ id: 'KillAnswer' })
export type KillAnswer = z.infer<typeof KillAnswer>
