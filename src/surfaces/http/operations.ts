import type { Operation } from './operation.js'
import { readAudit } from './routes/audit.js'
import { controlSessions } from './routes/bulk-control.js'
import { getCapabilities } from './routes/capabilities.js'
import { controlSession, killSession } from './routes/control.js'
import { diagnoseSessionRoute } from './routes/diagnose.js'
import { followEvents } from './routes/events.js'
import { exportSession } from './routes/export.js'
import { isAlive, isReady } from './routes/health.js'
import { getHistory } from './routes/history.js'
import { currentLogin, login, logout } from './routes/login.js'
import { readMetrics } from './routes/metrics.js'
import { getDocument, getReference, getReferenceFile } from './routes/reference.js'
import { getSession, listSessions } from './routes/sessions.js'
import { issueTicket } from './routes/stream-tickets.js'
import { getTrajectory } from './routes/trajectory.js'
import {
  archiveSession,
  cleanupSessions,
  compactSession,
  deleteSession,
  patchSession,
} from './routes/upkeep.js'

/** Every operation of the API, in the order of its description. */
export const OPERATIONS: readonly Operation[] = [
  listSessions,
  getSession,
  diagnoseSessionRoute,
  getHistory,
  exportSession,
  getTrajectory,
  followEvents,
  controlSession,
  killSession,
  controlSessions,
  patchSession,
  compactSession,
  archiveSession,
  deleteSession,
  cleanupSessions,
  readAudit,
  issueTicket,
  login,
  currentLogin,
  logout,
  getCapabilities,
  isAlive,
  isReady,
  getDocument,
]

/** For Prometheus; a host may leave it out. */
export const METRICS_OPERATIONS: readonly Operation[] = [readMetrics]

/** The interactive page over them; a host may leave it out. */
export const REFERENCE_OPERATIONS: readonly Operation[] = [getReference, getReferenceFile]

/** All there is, whatever a host leaves out. */
export const ALL_OPERATIONS: readonly Operation[] = [
  ...OPERATIONS,
  ...METRICS_OPERATIONS,
  ...REFERENCE_OPERATIONS,
]
