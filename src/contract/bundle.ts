import * as z from 'zod'
import type { StoredSession } from './store.js'

/** Where a bundle goes: below `.openclaw/trajectory-exports/` of the workspace, and nowhere else. */
export const BundleRequest = z
  .object({
    workspace: z
      .string()
      .min(1)
      .describe('A folder of this machine; its paths become $WORKSPACE_DIR.'),
    output: z
      .string()
      .optional()
      .describe('Name of the new folder. Default: `openclaw-trajectory-<session>-<time>`.'),
  })
  .meta({ id: 'BundleRequest' })
export type BundleRequest = z.infer<typeof BundleRequest>

/** A bundle that was written, in OpenClaw's words. Source: formats 2026.5 §2. */
export const BundleSummary = z
  .object({
    outputDir: z.string(),
    displayPath: z.string().describe('From the workspace on.'),
    sessionId: z.string(),
    eventCount: z.number().int(),
    runtimeEventCount: z.number().int(),
    transcriptEventCount: z.number().int(),
    files: z.array(z.string()),
  })
  .meta({ id: 'BundleSummary' })
export type BundleSummary = z.infer<typeof BundleSummary>

/** A store that can write a session's runs down for others to look at. An optional ability of a `Store`. */
export interface BundleStore {
  /**
   * Throws `invalid_parameter` for an output that is no name inside, `impossible_state` when a link or something else
   * stands in its way or the session has no transcript, `unavailable` when it cannot be written. Nothing is left then.
   */
  writeBundle(session: StoredSession, request: BundleRequest): Promise<BundleSummary>
}

export function writesBundles<T extends object>(store: T): store is T & BundleStore {
  return 'writeBundle' in store
}
