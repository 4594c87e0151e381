import type { Operation } from './operation.js'
import { getCapabilities } from './routes/capabilities.js'
import { controlSession, killSession } from './routes/control.js'
import { isAlive, isReady } from './routes/health.js'
import { getHistory } from './routes/history.js'
import { diagnoseSession } from './routes/diagnose.js'
import { followEvents } from './routes/events.js'
import { currentLogin, login, logout } from './routes/login.js'
import { getDocument, getReference, getReferenceFile } from './routes/reference.js'
import { getSession, listSessions } from './routes/sessions.js'
import { issueTicket } from './routes/stream-tickets.js'

/** Every operation of the API, in the order of its description. */
export const OPERATIONS: readonly Operation[] = [
  listSessions,
  getSession,
  getHistory,
  controlSession,
  killSession,
  issueTicket,
  login,
  followEvents,
  currentLogin,
  logout,
  getCapabilities,
  isAlive,
  isReady,
  getDocument,
]

/** The interactive page over them; a host may leave it out. */
export const REFERENCE_OPERATIONS: readonly Operation[] = [getReference, getReferenceFile]
