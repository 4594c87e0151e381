import { foldKey, parseKey } from '../../contract/key.js'
import type { KeptEntry, MaintenanceSettings } from '../../contract/maintenance.js'

/** Why a session is kept whatever its age; a word for the table. */
export type Protection = 'active' | 'running' | 'main' | 'thread' | 'group'

export interface Protected {
  /** The caller's own, canonical. */
  readonly activeKey: string | null
  /** True for a session with a live run or a pause. */
  isLive(key: string): boolean
}

/** Made by machines for a purpose that passes; never protected by their kind. Source: formats 2026.4 §10. */
const SYNTHETIC = /^(?:subagent:|acp:|cron:|hook:|node:)|(?:^|:)heartbeat(?:$|:)/
const THREAD = /:thread:[^:]+$|^telegram:(?:group|channel|direct|dm):.+:topic:[^:]+$/
const GROUP = /^[^:]+:(?:group|channel):.+$/
const GROUP_TYPES = new Set(['group', 'channel', 'thread'])

/** Main sessions, groups and threads are doors to the outside: who comes back through one expects to be known. */
export function protectionOf(
  { chatType, key, locked }: KeptEntry,
  { activeKey, isLive }: Protected,
  { mainKey }: Pick<MaintenanceSettings, 'mainKey'>,
): Protection | null {
  if (key === activeKey) return 'active'
  if (locked || isLive(key)) return 'running'
  const { agent, rest } = parseKey(key)
  if (foldKey(key) === 'global' || (agent !== null && rest === mainKey)) return 'main'
  if (SYNTHETIC.test(rest)) return null
  if (THREAD.test(rest)) return 'thread'
  if (GROUP.test(rest) || GROUP_TYPES.has(foldKey(chatType ?? ''))) return 'group'
  return null
}
