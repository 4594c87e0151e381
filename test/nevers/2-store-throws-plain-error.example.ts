// stands at: src/stores/jsonl/reader.ts
// says: Stores and runtimes throw the one error class
export function read(path: string): never {
  throw new Error(`cannot read ${path}`)
}
