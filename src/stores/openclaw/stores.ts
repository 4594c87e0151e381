import { KeyClaims } from './key-claims.js'
import { type OpenClawSqliteStore, openclawSqlite } from './sqlite/store.js'
import { type OpenClawFilesOptions, type OpenClawFilesStore, openclawFiles } from './store.js'

export type OpenClawStoresOptions = Omit<OpenClawFilesOptions, 'claims' | 'id' | 'storePath'>

/**
 * The stores of a state directory of any release: its session files, and the databases that releases from 2026.8 on keep
 * sessions in. After an upgrade there are both, and files do not show again what a database has. Each is closed by the
 * caller.
 */
export function openclawStores(
  options: OpenClawStoresOptions,
): readonly [files: OpenClawFilesStore, databases: OpenClawSqliteStore] {
  const claims = new KeyClaims()
  return [openclawFiles({ ...options, claims }), openclawSqlite({ ...options, claims })]
}
