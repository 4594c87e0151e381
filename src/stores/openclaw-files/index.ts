export type { StoreFilePlace } from './maintenance/store-keeper.js'
export { type OpenClawFilesOptions, type OpenClawFilesStore, openclawFiles } from './store.js'
