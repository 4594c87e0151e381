export type { StoreFilePlace } from './editing/store-keeper.js'
export { type OpenClawFilesOptions, type OpenClawFilesStore, openclawFiles } from './store.js'
