import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { type CleanupSummary, DiskBudget, RemovedArtifacts } from '../../contract/cleanup.js'
import type { SessionEditor, StoreCleaner } from '../../contract/runtime.js'

type Ask = (method: string, params: object, timeoutMs?: number) => Promise<unknown>

/** A compaction without `maxLines` is a call of the model over the whole context. */
const COMPACT_MS = 300_000

/** It looks at every file of every store. */
const CLEANUP_MS = 300_000

const Steered = z.object({ runId: z.string().nullable().catch(null) })
const Deleted = z.object({ deleted: z.boolean().catch(false) })
const Compacted = z.object({ compacted: z.boolean().catch(false) })

/** The gateway's own methods that change a session. `steer` and `compact` are not in every release's hello but work. */
export function gatewayEditor(ask: Ask): SessionEditor & StoreCleaner {
  return {
    async steer(key, message) {
      const params = { key, message, idempotencyKey: randomUUID() }
      return Steered.parse(await ask('sessions.steer', params))
    },
    async patch(key, fields) {
      await ask('sessions.patch', { ...fields, key })
    },
    async reset(key) {
      await ask('sessions.reset', { key })
    },
    async delete(key) {
      return Deleted.parse(await ask('sessions.delete', { key })).deleted
    },
    async compact(key, { maxLines } = {}) {
      const params = { key, ...(maxLines === undefined ? {} : { maxLines }) }
      return Compacted.parse(await ask('sessions.compact', params, COMPACT_MS)).compacted
    },
    async cleanup({ activeKey, agent, enforce, fixDmScope, fixMissing }) {
      const whose = agent === undefined ? { allAgents: true } : { agent }
      const kept = activeKey === undefined ? {} : { activeKey }
      const params = { ...whose, ...kept, enforce, fixDmScope, fixMissing }
      return readCleaned(await ask('sessions.cleanup', params, CLEANUP_MS))
    },
  }
}

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
function readCleaned(answer: unknown): CleanupSummary[] {
  const many = CleanedStores.safeParse(answer)
  return many.success ? many.data.stores : [CleanedStore.parse(answer)]
}
