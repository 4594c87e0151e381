// stands at: src/http/routes/list.ts
// says: A surface sees contract/, errors.ts and auth/ only
// fine at: src/compose.ts
import { createSessionManager } from './manager/index.js'

export const create = createSessionManager
