// stands at: src/surfaces/http/routes/history.ts
// says: Only surfaces/http/sse.ts touches the raw reply
// fine at: src/surfaces/http/sse.ts
export const write = (reply: { raw: { write(s: string): void } }) => reply.raw.write('data: {}\n\n')
