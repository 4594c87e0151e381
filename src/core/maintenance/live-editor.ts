import {
  canEditSessions,
  type Runtime,
  type SessionEditor,
  type StoreCleaner,
} from '../../contract/runtime.js'

export type LiveEditor = SessionEditor & Partial<StoreCleaner>

/** Whoever owns the stores and can be reached now; `null`: they are written here. */
export function liveEditor(runtime: Runtime | null): LiveEditor | null {
  if (runtime === null || !canEditSessions(runtime)) return null
  return runtime.health().status === 'ok' ? runtime.editor : null
}
