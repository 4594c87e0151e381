// stands at: src/runtimes/demo/scheduler.ts
// says: A runtime never sees a surface or the configuration
import { authorize } from '../../http/auth.js'

export const allowed = authorize
