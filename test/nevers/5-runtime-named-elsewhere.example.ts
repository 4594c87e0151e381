// stands at: src/surfaces/cli/main.ts
// says: Concrete stores and runtimes are named in compose.ts and index.ts only
import { createRunRegistry } from '../../runtimes/in-process/index.js'

export const start = createRunRegistry
