// stands at: src/surfaces/http/streams.ts
// says: Signals belong to server.ts and surfaces/cli/main.ts
// fine at: src/server.ts
import closeWithGrace from 'close-with-grace'

export const close = closeWithGrace
