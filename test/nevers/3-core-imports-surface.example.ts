// stands at: src/core/follow.ts
// says: Data climbs one way
import { frame } from '../http/sse.js'

export const encode = frame
