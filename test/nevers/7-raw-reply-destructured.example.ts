// stands at: src/http/routes/history.ts
// says: Only http/sse.ts touches the raw reply
// fine at: src/http/sse.ts
export function write(reply: { raw: { write(s: string): void } }) {
  const { raw } = reply
  raw.write('data: {}\n\n')
}
