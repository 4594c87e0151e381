export { type OpenClawFilesOptions, type OpenClawFilesStore, openclawFiles } from './store.js'
