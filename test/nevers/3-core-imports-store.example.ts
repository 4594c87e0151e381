// stands at: src/core/rows/rows.ts
// says: core/ knows the interfaces of contract/store.ts and contract/runtime.ts only
// fine at: src/service/compose.ts
import { memoryStore } from './stores/memory.js'

export const store = memoryStore
