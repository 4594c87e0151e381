// stands at: src/surfaces/cli/commands/serve.ts
// says: A command sees contract/, errors.ts and auth/ only
// fine at: src/surfaces/cli/main.ts
import { readConfig } from '../../../config/config.js'

export const read = readConfig
