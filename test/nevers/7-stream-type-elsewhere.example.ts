// stands at: src/http/routes/history.ts
// says: Only http/sse.ts writes an event stream
// fine at: src/http/sse.ts
export const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
