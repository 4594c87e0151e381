// stands at: src/server.ts
// says: Concrete stores and runtimes are named in compose.ts and index.ts only
// fine at: src/service/compose.ts
import { openclawFiles } from './stores/openclaw/index.js'

export const store = openclawFiles
