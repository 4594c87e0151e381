// stands at: src/demo/lock.ts
// says: Signals belong to server.ts and surfaces/cli/main.ts
// fine at: src/server.ts
export const onStop = (stop: () => void) => process.once('SIGTERM', stop)
