// stands at: src/service/compose.ts
// says: Only server.ts and surfaces/cli/main.ts end the process
// fine at: src/surfaces/cli/main.ts
export const giveUp = () => process.exit(1)
