// stands at: src/surfaces/http/routes/history.ts
// says: Only surfaces/http/sse.ts touches the raw reply
// fine at: src/surfaces/http/sse.ts
export function write(reply: { raw: { write(s: string): void } }) {
  const { raw } = reply
  raw.write('data: {}\n\n')
}
