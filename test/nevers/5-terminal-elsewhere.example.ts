// stands at: src/server.ts
// says: The terminal belongs to cli/
// fine at: src/surfaces/cli/start-screen.ts
export const show = (url: string) => process.stdout.write(url)
