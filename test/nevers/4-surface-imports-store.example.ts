// stands at: src/surfaces/http/routes/list.ts
// says: A surface sees contract/, errors.ts and auth/ only
import { memoryStore } from '../../stores/memory.js'

export const store = memoryStore
