// stands at: src/surfaces/http/routes/list.ts
// says: Surfaces do not import each other
import { table } from '../../cli/table.js'

export const rows = table
