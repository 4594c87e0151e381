import { setTimeout as delay } from 'node:timers/promises'
import type * as z from 'zod'
import { BulkControlRequest } from '../../contract/bulk.js'
import { BundleRequest, type SessionBundles } from '../../contract/bundle.js'
import { CleanupRequest } from '../../contract/cleanup.js'
import { FULL_GRANT as grant } from '../../contract/grant.js'
import { FollowQuery, HistoryQuery } from '../../contract/history.js'
import { EventsQuery, type SessionEvents } from '../../contract/live-event.js'
import type { SessionExporter, SessionManager, SessionUpkeep } from '../../contract/manager.js'
import { ListQuery } from '../../contract/session.js'
import type { Exposure } from '../../contract/state.js'
import {
  type SessionTrajectories,
  TrajectoryFollowQuery,
  TrajectoryQuery,
} from '../../contract/trajectory.js'
import { SessionsError } from '../../errors.js'
import type { SessionSource, StorePlace } from './session-source.js'
import { tooLong } from './too-long.js'

/** A state directory that was opened in this process, or a demo. */
export interface OpenDirectory {
  readonly manager: SessionManager &
    SessionBundles &
    SessionEvents &
    SessionExporter &
    SessionTrajectories &
    SessionUpkeep
  /** In words. */
  readonly served: string
  readonly exposures: readonly Exposure[]
  stores(): Promise<readonly StorePlace[]>
  close(): Promise<void>
}

/** The sessions of a directory on this machine: whoever can read its files may do everything. */
export function localSource({
  manager,
  served,
  exposures,
  stores,
  close,
}: OpenDirectory): SessionSource {
  return {
    where: served,
    exposures,
    list: async (query) => (await manager.list(checked(ListQuery, query), grant)).page(),
    get: (key) => manager.get(key, grant),
    history: async (key, query) => manager.history(key, checked(HistoryQuery, query), grant),
    export: (key, query) => manager.export(key, query, grant),
    follow: (key, query, signal) =>
      later(() => manager.follow(key, checked(FollowQuery, query), grant, signal)),
    trajectory: async (key, query) =>
      manager.trajectory(key, checked(TrajectoryQuery, query), grant),
    followTrajectory: (key, query, signal) =>
      later(() =>
        manager.followTrajectory(key, checked(TrajectoryFollowQuery, query), grant, signal),
      ),
    events: (query, signal) =>
      later(() => manager.events(checked(EventsQuery, query), grant, signal)),
    control: async (request) => manager.controlMany(checked(BulkControlRequest, request), grant),
    diagnose: (key) => manager.diagnose(key, grant),
    capabilities: () => manager.capabilities(grant),
    cleanup: async (request) => manager.cleanup(checked(CleanupRequest, request), grant),
    compact: (key, request, timeoutMs) => within(manager.compact(key, request, grant), timeoutMs),
    exportTrajectory: async (key, request) =>
      manager.exportTrajectory(key, checked(BundleRequest, request), grant),
    archive: (key) => manager.archive(key, grant),
    delete: (key) => manager.delete(key, grant),
    stores,
    close,
  }
}

/** Followers are asked for when somebody begins to read. */
async function* later<T>(open: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  yield* await open()
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const over = new AbortController()
  const late = delay(timeoutMs, undefined, { signal: over.signal, ref: false }).then(() => {
    throw tooLong(timeoutMs)
  })
  late.catch(() => {})
  return Promise.race([work, late]).finally(() => over.abort())
}

/** What a schema makes of a value. Throws `invalid_parameter` naming the first field that is wrong. */
function checked<T extends z.ZodType>(schema: T, value: z.input<T>): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  const about = field === '' ? 'What was asked for' : `"${field}"`
  throw new SessionsError('invalid_parameter', `${about}: ${issue?.message}.`, {
    details: { field },
  })
}
