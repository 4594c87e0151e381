// stands at: src/service/compose.ts
// says: The environment is read in config.ts only
// fine at: src/config/config.ts
const { env } = process

export const stateDir = env.OPENCLAW_STATE_DIR
