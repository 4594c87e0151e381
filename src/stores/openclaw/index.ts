export type { StoreFilePlace } from './editing/store-keeper.js'
export {
  type OpenClawSqliteOptions,
  type OpenClawSqliteStore,
  openclawSqlite,
} from './sqlite/store.js'
export { type OpenClawFilesOptions, type OpenClawFilesStore, openclawFiles } from './store.js'
export { type OpenClawStoresOptions, openclawStores } from './stores.js'
