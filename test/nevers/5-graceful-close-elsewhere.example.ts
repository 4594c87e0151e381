// stands at: src/http/streams.ts
// says: Signals belong to server.ts and cli/main.ts
// fine at: src/server.ts
import closeWithGrace from 'close-with-grace'

export const close = closeWithGrace
