// stands at: src/surfaces/http/routes/history.ts
// says: Only surfaces/http/sse.ts writes an event stream
// fine at: src/surfaces/http/sse.ts
export const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
