// stands at: src/service/compose.ts
// says: Don't use process.env.
// fine at: src/config/config.ts
export const stateDir = process.env.OPENCLAW_STATE_DIR
