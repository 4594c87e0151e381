// stands at: src/auth/token-service.ts
// says: auth/ and state/ stand on contract/ alone
import { memoryStore } from '../stores/memory.js'

export const store = memoryStore
