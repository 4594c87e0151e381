// stands at: src/server.ts
// says: Concrete stores and runtimes are named in compose.ts and index.ts only
// fine at: src/compose.ts
import { openclawFiles } from './stores/openclaw-files/index.js'

export const store = openclawFiles
