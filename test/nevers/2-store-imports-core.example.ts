// stands at: src/stores/openclaw/sessions-json/rows.ts
// says: A store knows nothing above or beside it
import type { Row } from '../../../core/rows/row.js'

export const rows: Row[] = []
