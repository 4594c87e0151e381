// stands at: src/http/routes/history.ts
// says: Only http/sse.ts touches the raw reply
// fine at: src/http/sse.ts
export const write = (reply: { raw: { write(s: string): void } }) => reply.raw.write('data: {}\n\n')
