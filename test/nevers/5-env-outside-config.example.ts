// stands at: src/compose.ts
// says: Don't use process.env.
// fine at: src/config.ts
export const stateDir = process.env.OPENCLAW_STATE_DIR
