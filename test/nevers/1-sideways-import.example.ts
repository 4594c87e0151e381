// stands at: src/surfaces/http/cors.ts
// says: Write an import at the top of the file
export { rows } from '../../contract/../core/rows/rows.js'
