import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { SessionEditor, StoreCleaner } from '../../contract/runtime.js'
import { readCleaned } from './cleaned-stores.js'

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
