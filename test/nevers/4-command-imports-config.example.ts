// stands at: src/cli/commands/serve.ts
// says: A command sees contract/, errors.ts and auth/ only
// fine at: src/cli/main.ts
import { readConfig } from '../config.js'

export const read = readConfig
