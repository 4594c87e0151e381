import * as z from 'zod'
import { SessionKey } from './key.js'

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const

/** An age such as `90m`, `1h`, `30d` or `2w`, as milliseconds. */
export const Age = z
  .string()
  .regex(/^[1-9]\d{0,4}[mhdw]$/, 'must be a number with m, h, d or w, such as 1h or 30d')
  .transform((age) => Number(age.slice(0, -1)) * UNIT_MS[age.slice(-1) as keyof typeof UNIT_MS])

/** An age in milliseconds as `Age` takes it: the longest unit that it is a whole number of. */
export function ageText(ms: number): string {
  const [unit, unitMs] = Object.entries(UNIT_MS).findLast(([, unitMs]) => ms % unitMs === 0) ?? [
    'm',
    UNIT_MS.m,
  ]
  return `${Math.max(1, Math.ceil(ms / unitMs))}${unit}`
}

export const CleanupRequest = z
  .strictObject({
    agent: z.string().min(1).max(64).optional().describe('One agent. Default: every agent.'),
    dryRun: z
      .boolean()
      .default(true)
      .describe('Say what would be done, and do nothing. Must be `false` to act.'),
    enforce: z
      .boolean()
      .default(false)
      .describe('Act also where `session.maintenance.mode` is `warn`.'),
    age: Age.optional().describe(
      'Sessions without activity for longer are stale: `90m`, `1h`, `30d`. Default: `session.maintenance.pruneAfter`.',
    ),
    fixMissing: z
      .boolean()
      .default(false)
      .describe('Also remove sessions whose transcript is missing or has no message.'),
    fixDmScope: z
      .boolean()
      .default(false)
      .describe('Also retire direct-message sessions that `session.dmScope: main` left behind.'),
    activeKey: SessionKey.optional().describe('A session that is kept, whatever its age.'),
  })
  .meta({ id: 'CleanupRequest' })
export type CleanupRequest = z.infer<typeof CleanupRequest>

export const CleanupAction = z
  .enum([
    'keep',
    'prune-missing',
    'retire-dm-scope',
    'prune-model-run',
    'prune-stale',
    'cap-overflow',
    'evict-budget',
  ])
  .meta({ id: 'CleanupAction' })
export type CleanupAction = z.infer<typeof CleanupAction>

/** A line of the table of a dry run. */
export const CleanupRow = z
  .object({
    action: CleanupAction,
    key: SessionKey,
    sessionId: z.string().nullable(),
    ageMs: z.number().nullable().describe('Milliseconds since the last activity.'),
    model: z.string().nullable(),
    label: z.string().nullable(),
    flags: z.array(z.string()).describe('Why it is kept, and what is odd about it.'),
  })
  .meta({ id: 'CleanupRow' })
export type CleanupRow = z.infer<typeof CleanupRow>

const bytes = z.number().int().nonnegative()
const count = z.number().int().nonnegative()

/** Files that belong to no session any more. */
export const RemovedArtifacts = z
  .object({
    scannedFiles: count,
    removedFiles: count,
    freedBytes: bytes,
    olderThanMs: z.number().describe('Younger files stay. Milliseconds.'),
  })
  .meta({ id: 'RemovedArtifacts' })
export type RemovedArtifacts = z.infer<typeof RemovedArtifacts>

export const DiskBudget = z
  .object({
    totalBytesBefore: bytes,
    totalBytesAfter: bytes,
    removedFiles: count,
    removedEntries: count,
    freedBytes: bytes,
    maxBytes: bytes,
    highWaterBytes: bytes,
    overBudget: z.boolean(),
  })
  .meta({ id: 'DiskBudget' })
export type DiskBudget = z.infer<typeof DiskBudget>

/** What becomes of one store, in OpenClaw's names. Source: formats 2026.5 §3. */
export const CleanupSummary = z
  .object({
    agentId: z.string(),
    storePath: z.string(),
    mode: z.enum(['enforce', 'warn']),
    dryRun: z.boolean(),
    beforeCount: count,
    afterCount: count,
    missing: count,
    dmScopeRetired: count,
    modelRunPruned: count.describe('Probes of the gateway, kept a day under pressure.'),
    pruned: count,
    capped: count,
    unreferencedArtifacts: RemovedArtifacts,
    expiredArchives: z
      .object({ removedFiles: count, freedBytes: bytes })
      .describe('Archives of resets and removals that are past their time.'),
    diskBudget: DiskBudget.nullable(),
    wouldMutate: z.boolean(),
    applied: z.literal(true).optional(),
    appliedCount: count.optional().describe('Sessions that are left.'),
    skipped: z
      .string()
      .optional()
      .describe('Why nothing was done in this store, as sentences: it is broken, or locked.'),
  })
  .meta({ id: 'CleanupSummary' })
export type CleanupSummary = z.infer<typeof CleanupSummary>

export const CleanupStore = CleanupSummary.extend({
  actions: z.array(CleanupRow).describe('One line for each session.'),
}).meta({ id: 'CleanupStore' })
export type CleanupStore = z.infer<typeof CleanupStore>

export const CleanupAnswer = z
  .object({
    mode: z.enum(['enforce', 'warn']),
    dryRun: z.boolean(),
    via: z.enum(['store', 'gateway']).describe('Who did it: this service, or the live gateway.'),
    stores: z.array(CleanupStore),
  })
  .meta({ id: 'CleanupAnswer' })
export type CleanupAnswer = z.infer<typeof CleanupAnswer>

/** The answer as `openclaw sessions cleanup --json` prints it: one store is its summary alone. */
export function openclawCleanup({ dryRun, mode, stores }: CleanupAnswer): Record<string, unknown> {
  const summaries = stores.map(({ actions: _table, ...summary }) => summary)
  const [only, ...others] = summaries
  if (only !== undefined && others.length === 0) return only
  return { allAgents: true, mode, dryRun, stores: summaries }
}
