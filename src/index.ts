/**
 * What a program that embeds the sessions API imports: the plugin, the manager, stores, the run registry, the token
 * service and the types of the contract.
 *
 * @module
 */
export {
  allowedHostsFor,
  createTokenService,
  type FailureLimitOptions,
  type HostAuth,
  type HostAuthenticator,
  type HostCredentials,
  hostAuth,
  issueToken,
  makeToken,
  type NewToken,
  type TokenService,
  type TokenServiceOptions,
} from './auth/index.js'
export * from './contract/audit.js'
export * from './contract/auth.js'
export * from './contract/bulk.js'
export * from './contract/cleanup.js'
export * from './contract/close-code.js'
export * from './contract/control.js'
export * from './contract/diagnosis.js'
export * from './contract/error.js'
export * from './contract/event.js'
export * from './contract/follow.js'
export * from './contract/grant.js'
export * from './contract/history.js'
export * from './contract/key.js'
export * from './contract/live-event.js'
export * from './contract/maintenance.js'
export * from './contract/manager.js'
export * from './contract/message.js'
export * from './contract/position.js'
export * from './contract/runtime.js'
export * from './contract/session.js'
export * from './contract/state.js'
export * from './contract/store.js'
export * from './contract/trajectory.js'
export * from './contract/trajectory-log.js'
export * from './contract/transcript.js'
export * from './contract/ws.js'
export {
  createSessionManager,
  DEFAULT_SETTINGS,
  type ManagerSettings,
  type SessionManagerOptions,
} from './core/index.js'
export { ERRORS, type ErrorCode, type ErrorExtras, SessionsError } from './errors.js'
export {
  type SessionsApiAuth,
  type SessionsApiLimits,
  type SessionsApiOptions,
  sessionsApi,
  sessionsApi as default,
} from './plugin.js'
export {
  createRunRegistry,
  isRunStopped,
  type RunHandle,
  type RunRegistry,
  type RunRegistryOptions,
  type RunSpec,
  type TurnSpec,
} from './runtimes/in-process/index.js'
export {
  type GatewayUrl,
  type Locate,
  type OpenClawGateway,
  type OpenClawGatewayOptions,
  openclawGateway,
  type Whereabouts,
} from './runtimes/openclaw-gateway/index.js'
export { type DataDirectory, type DataDirectoryOptions, openDataDirectory } from './state/index.js'
export {
  type MemoryStore,
  type MemoryStoreOptions,
  memoryStore,
  type SessionFacts,
} from './stores/memory/memory-store.js'
export type { PriceTable } from './stores/openclaw/format/prices.js'
export {
  type OpenClawFilesOptions,
  type OpenClawFilesStore,
  type OpenClawSqliteOptions,
  type OpenClawSqliteStore,
  type OpenClawStoresOptions,
  openclawFiles,
  openclawSqlite,
  openclawStores,
  type StoreFilePlace,
} from './stores/openclaw/index.js'
export type { CorsOptions } from './surfaces/http/cors.js'
export type { WebSocketLimits } from './surfaces/ws/limits.js'
