// stands at: src/surfaces/http/routes/history.ts
// says: No surface touches a file
import { createReadStream } from 'node:fs'

export const stream = (path: string) => createReadStream(path)
