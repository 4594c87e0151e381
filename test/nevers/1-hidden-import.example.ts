// stands at: src/contract/history.ts
// says: Write an import at the top of the file
export type Row = import('../core/rows/rows.js').Row
