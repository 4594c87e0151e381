export { createSessionManager, type SessionManagerOptions } from './manager.js'
export { DEFAULT_SETTINGS, type ManagerSettings } from './settings.js'
