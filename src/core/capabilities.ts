import { MAX_BULK_SESSIONS } from '../contract/bulk.js'
import { MAX_CHARS, MAX_HISTORY_LIMIT } from '../contract/history.js'
import { MAX_KEY_BYTES } from '../contract/key.js'
import type { Capabilities } from '../contract/manager.js'
import type { Runtime } from '../contract/runtime.js'
import { MAX_LIST_LIMIT, type SourceStatus } from '../contract/session.js'
import { PROTOCOLS } from '../contract/ws.js'
import type { ManagerSettings } from './settings.js'

/** What this service reads, who can act, and its limits. */
export function describeCapabilities(
  version: string,
  stores: SourceStatus[],
  previousTranscripts: boolean,
  runtime: Runtime | null,
  settings: ManagerSettings,
): Capabilities {
  const health = runtime?.health()
  return {
    name: 'openclaw-sessions-api',
    version,
    stores,
    runtime: {
      id: runtime?.id ?? null,
      status: health?.status ?? 'none',
      message: health?.message ?? 'No runtime is connected: sessions can be read, not controlled.',
    },
    controls: health?.status === 'ok' ? [...(runtime?.controls ?? [])] : [],
    notes: { ...runtime?.notes },
    previousTranscripts,
    limits: {
      listLimit: MAX_LIST_LIMIT,
      historyLimit: MAX_HISTORY_LIMIT,
      maxChars: MAX_CHARS,
      keyBytes: MAX_KEY_BYTES,
      bulkSessions: MAX_BULK_SESSIONS,
      resumeMessages: settings.maxResumeMessages,
      activeWindowMinutes: settings.activeWindowMinutes,
    },
    protocols: { ws: [...PROTOCOLS] },
  }
}
