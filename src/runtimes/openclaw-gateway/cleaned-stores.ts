import * as z from 'zod'
import { type CleanupSummary, DiskBudget, RemovedArtifacts } from '../../contract/cleanup.js'

const NO_FILES = { scannedFiles: 0, removedFiles: 0, freedBytes: 0, olderThanMs: 0 }
const count = z.number().int().nonnegative().catch(0)

/** Releases differ in what they count; what one leaves out is nothing. */
const CleanedStore = z.object({
  agentId: z.string(),
  storePath: z.string().catch(''),
  mode: z.enum(['enforce', 'warn']).catch('enforce'),
  dryRun: z.literal(false).catch(false),
  beforeCount: count,
  afterCount: count,
  missing: count,
  dmScopeRetired: count,
  modelRunPruned: count,
  pruned: count,
  capped: count,
  unreferencedArtifacts: RemovedArtifacts.catch(NO_FILES),
  expiredArchives: z
    .object({ removedFiles: count, freedBytes: count })
    .catch({ removedFiles: 0, freedBytes: 0 }),
  diskBudget: DiskBudget.nullable().catch(null),
  wouldMutate: z.boolean().catch(false),
  applied: z.literal(true).catch(true),
  appliedCount: count,
})
const CleanedStores = z.object({ stores: z.array(CleanedStore) })

/** A gateway's answer to `sessions.cleanup`: one store's summary, or several. Source: formats 2026.5 §3. */
export function readCleaned(answer: unknown): CleanupSummary[] {
  const many = CleanedStores.safeParse(answer)
  return many.success ? many.data.stores : [CleanedStore.parse(answer)]
}
