// stands at: src/core/rows/rows.ts
// says: core/ touches no file
// fine at: src/state/tokens-file.ts
import { readFile } from 'node:fs/promises'

export const read = (path: string) => readFile(path, 'utf8')
