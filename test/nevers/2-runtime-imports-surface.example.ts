// stands at: src/demo/scheduler.ts
// says: A runtime never sees a surface or the configuration
import { authorize } from '../surfaces/http/auth.js'

export const allowed = authorize
