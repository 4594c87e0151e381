// stands at: src/manager/rows.ts
// says: manager/ knows the interfaces of contract/store.ts and contract/runtime.ts only
// fine at: src/compose.ts
import { memoryStore } from './stores/memory.js'

export const store = memoryStore
