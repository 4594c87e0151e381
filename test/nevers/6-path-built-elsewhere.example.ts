// stands at: src/stores/openclaw/sessions-json/entry.ts
// says: Paths are built in the store's paths.ts
// fine at: src/stores/openclaw/paths.ts
import { join } from 'node:path'

export const transcript = (dir: string, key: string) => join(dir, `${key}.jsonl`)
