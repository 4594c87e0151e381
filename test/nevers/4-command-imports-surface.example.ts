// stands at: src/surfaces/cli/commands/list.ts
// says: Surfaces do not import each other
import { etag } from '../../http/etag.js'

export const tag = etag
