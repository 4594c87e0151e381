export { type OpenClawFilesOptions, openclawFiles } from './store.js'
