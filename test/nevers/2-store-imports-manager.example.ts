// stands at: src/stores/openclaw-files/rows.ts
// says: A store knows nothing above or beside it
import type { Row } from '../../manager/row.js'

export const rows: Row[] = []
