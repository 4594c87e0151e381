import type { Test } from 'tap'
import { parseConfig } from '../../src/config/config.js'
import type { SessionManager } from '../../src/contract/manager.js'
import type { RuntimeSession } from '../../src/contract/runtime.js'
import { createSessionManager } from '../../src/core/index.js'
import { type OpenClawGateway, openclawGateway } from '../../src/runtimes/openclaw-gateway/index.js'
import { compose } from '../../src/service/compose.js'
import { openDataDirectory } from '../../src/state/index.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import type { GatewayProcess } from './gateway-process.js'

/** A service over the gateway's files that finds the gateway by itself, as a user starts it. */
export async function serveFiles(t: Test, gateway: GatewayProcess): Promise<SessionManager> {
  const { config } = parseConfig({
    OPENCLAW_STATE_DIR: gateway.stateDir,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const { close, manager } = await compose(config, (error) => t.comment(String(error)))
  t.teardown(close)
  return manager
}

/** Control of some sessions of a gateway, whatever keeps them. */
export interface ControlRoom {
  readonly manager: SessionManager
  readonly runtime: OpenClawGateway
  /** Sessions that the manager has to know. */
  know(...keys: string[]): void
  state(key: string): RuntimeSession | null
  /** Resolves when the runtime shows it. */
  shows(key: string, isSo: (state: RuntimeSession | null) => boolean): Promise<void>
  close(): Promise<void>
}

const SHOW_MS = 30_000

/** `directory`: of a room that was there before. */
export async function openControlRoom(
  t: Test,
  gateway: GatewayProcess,
  directory: string = ownFolder(t),
): Promise<ControlRoom> {
  const data = await openDataDirectory(directory)
  const runtime = openclawGateway({
    address: async () => gateway.address,
    deviceSeed: () => data.gatewayDevice.read(),
    holds: data.policyHolds,
    version: '0.0.0',
  })
  const store = memoryStore()
  const manager = createSessionManager({ stores: [store], runtime, version: '0.0.0' })
  const close = async () => {
    await manager.close()
    await runtime.close()
    await store.close()
  }
  t.teardown(close)
  await until(() => runtime.health().status === 'ok', SHOW_MS)
  const state = (key: string) => runtime.session(key)
  return {
    manager,
    runtime,
    state,
    close,
    know(...keys) {
      for (const key of keys) store.put({ key, sessionId: `id-of-${key.split(':').at(-1)}` })
    },
    async shows(key, isSo) {
      await until(() => isSo(state(key)), SHOW_MS)
    },
  }
}
