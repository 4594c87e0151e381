// stands at: src/compose.ts
// says: Only server.ts and cli/main.ts end the process
// fine at: src/cli/main.ts
export const giveUp = () => process.exit(1)
