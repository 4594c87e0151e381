import * as z from 'zod'

/** Which reading of a transcript's tree: the branch that ends in the newest leaf, or every line in file order. */
export const Branch = z.enum(['active', 'all']).meta({ id: 'Branch' })
export type Branch = z.infer<typeof Branch>

/**
 * A place in a transcript: `<seq>-<fingerprint>`, opaque to all but the store that made it. The fingerprint is a running
 * checksum over the ids of the visible entries up to `seq`, seeded with the session id, so the place holds exactly while
 * its holder has seen a prefix of the transcript.
 */
export const Position = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})-[0-9a-f]{8}$/)
  .meta({ id: 'Position', examples: ['12-9f3a01bc'] })
export type Position = z.infer<typeof Position>

/** Why a place no longer holds; the client is sent a fresh page and goes on from there. */
export const ResetReason = z
  .enum([
    'session_reset',
    'session_deleted',
    'truncated',
    'rewritten',
    'branch_changed',
    'too_far_behind',
    'unknown_position',
  ])
  .meta({ id: 'ResetReason' })
export type ResetReason = z.infer<typeof ResetReason>

export function formatPosition(seq: number, fingerprint: number): Position {
  return `${seq}-${(fingerprint >>> 0).toString(16).padStart(8, '0')}`
}

/** The two halves of a position, or `null` when the text is none. */
export function parsePosition(text: string): { seq: number; fingerprint: number } | null {
  if (!Position.safeParse(text).success) return null
  const dash = text.indexOf('-')
  return {
    seq: Number(text.slice(0, dash)),
    fingerprint: Number.parseInt(text.slice(dash + 1), 16),
  }
}
