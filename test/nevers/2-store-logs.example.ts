// stands at: src/stores/openclaw/directory/discovery.ts
// says: A store speaks no HTTP and writes no log
// fine at: src/server.ts
import { pino } from 'pino'

export const log = pino()
