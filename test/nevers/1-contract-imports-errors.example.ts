// stands at: src/contract/position.ts
// says: contract/ imports zod and itself, nothing else
// fine at: src/core/follow.ts
import { SessionsError } from '../errors.js'

export const gone = new SessionsError('cursor_gone', 'The place is gone.')
