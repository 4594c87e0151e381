// stands at: src/runtimes/demo/lock.ts
// says: Signals belong to server.ts and cli/main.ts
// fine at: src/server.ts
export const onStop = (stop: () => void) => process.once('SIGTERM', stop)
