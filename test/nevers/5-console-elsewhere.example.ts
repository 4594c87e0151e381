// stands at: src/server.ts
// says: Don't use console.
// fine at: src/surfaces/cli/start-screen.ts
export const show = (url: string) => console.log(url)
