// stands at: src/contract/position.ts
// says: contract/ imports zod and itself, nothing else
// fine at: src/stores/jsonl/checksum.ts
import { crc32 } from 'node:zlib'

export const checksum = (text: string): number => crc32(text)
