// stands at: src/surfaces/http/routes/list.ts
// says: A surface sees contract/, errors.ts and auth/ only
// fine at: src/service/compose.ts
import { createSessionManager } from '../../../core/index.js'

export const create = createSessionManager
