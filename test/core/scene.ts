import { FULL_GRANT, type Grant } from '../../src/contract/grant.js'
import { FollowQuery, HistoryQuery } from '../../src/contract/history.js'
import type { SessionManager } from '../../src/contract/manager.js'
import type { ObservedManager } from '../../src/contract/metrics.js'
import type { Runtime } from '../../src/contract/runtime.js'
import { ListQuery, type SessionList } from '../../src/contract/session.js'
import type { Store } from '../../src/contract/store.js'
import { createSessionManager, type ManagerSettings } from '../../src/core/index.js'
import { createRunRegistry, type RunRegistry } from '../../src/runtimes/in-process/index.js'
import { type MemoryStore, memoryStore } from '../../src/stores/memory/memory-store.js'
import { DEADLINE_MS } from '../until.js'

export interface SceneOptions {
  readonly stores?: readonly Store[]
  readonly runtime?: Runtime | null
  readonly settings?: Partial<ManagerSettings>
  readonly clock?: () => number
}

/** A real manager over a memory store and a run registry. */
export interface Scene {
  readonly store: MemoryStore
  readonly registry: RunRegistry
  readonly manager: SessionManager & ObservedManager
  list(query?: Record<string, unknown>, grant?: Grant): Promise<SessionList>
  keys(query?: Record<string, unknown>, grant?: Grant): Promise<string[]>
  close(): Promise<void>
}

export function openScene(options: SceneOptions = {}): Scene {
  const store = memoryStore()
  const registry = createRunRegistry()
  const { clock, settings } = options
  const manager = createSessionManager({
    stores: options.stores ?? [store],
    runtime: options.runtime === undefined ? registry : options.runtime,
    version: '0.0.0',
    ...(settings === undefined ? {} : { settings }),
    ...(clock === undefined ? {} : { clock }),
  })
  const list = async (query: Record<string, unknown> = {}, grant: Grant = FULL_GRANT) =>
    (await manager.list(ListQuery.parse(query), grant)).page()
  return {
    store,
    registry,
    manager,
    list,
    keys: async (query, grant) => (await list(query, grant)).sessions.map(({ key }) => key),
    close: async () => {
      await manager.close()
      await store.close()
      await registry.close()
    },
  }
}

export function grantOf(limits: Partial<Grant>): Grant {
  return { ...FULL_GRANT, name: 'tester', ...limits }
}

export const historyQuery = (query: Record<string, unknown> = {}) => HistoryQuery.parse(query)
export const followQuery = (query: Record<string, unknown> = {}) => FollowQuery.parse(query)

/** Waits until `look` returns something else than `undefined` or `false`; looks every few milliseconds, for 5 s. */
export async function eventually<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + DEADLINE_MS
  while (Date.now() < deadline) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`Never came true: ${look}`)
}
