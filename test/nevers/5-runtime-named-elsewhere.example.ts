// stands at: src/cli/main.ts
// says: Concrete stores and runtimes are named in compose.ts and index.ts only
import { startDemoGateway } from '../runtimes/demo/index.js'

export const start = startDemoGateway
