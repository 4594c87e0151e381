import type { Method } from '../method.js'
import { chatHistory } from './chat-history.js'
import { CONTROL_METHODS } from './control.js'
import { health, status } from './health.js'
import { abortSession } from './sessions-abort.js'
import { describeSession } from './sessions-describe.js'
import { getSessionMethod } from './sessions-get.js'
import { listSessionsMethod } from './sessions-list.js'
import { previewSessions } from './sessions-preview.js'
import { resolveSession } from './sessions-resolve.js'
import { subscribe, subscribeMessages, unsubscribe, unsubscribeMessages } from './subscribe.js'
import { UPKEEP_METHODS } from './upkeep.js'

/** Every method; `connect` is the handshake and none of them. */
export const METHODS: readonly Method[] = [
  health,
  status,
  listSessionsMethod,
  describeSession,
  resolveSession,
  previewSessions,
  getSessionMethod,
  chatHistory,
  subscribe,
  unsubscribe,
  subscribeMessages,
  unsubscribeMessages,
  abortSession,
  ...CONTROL_METHODS,
  ...UPKEEP_METHODS,
]
