// stands at: src/surfaces/ws/frame.ts
// says: JSON.parse lets halves of surrogate pairs through
// fine at: src/system/well-formed.ts
export const read = (text: string): unknown => JSON.parse(text)
