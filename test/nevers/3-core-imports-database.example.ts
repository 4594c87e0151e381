// stands at: src/core/rows/rows.ts
// says: core/ touches no database
// fine at: src/stores/openclaw-sqlite/connection.ts
import Database from 'better-sqlite3'

export const open = (path: string) => new Database(path)
