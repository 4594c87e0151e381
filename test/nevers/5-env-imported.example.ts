// stands at: src/stores/openclaw/paths.ts
// says: The environment is read in config.ts only
// fine at: src/config/config.ts
import { env } from 'node:process'

export const stateDir = env.OPENCLAW_STATE_DIR
