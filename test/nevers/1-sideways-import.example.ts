// stands at: src/http/cors.ts
// says: Write an import at the top of the file
export { rows } from '../contract/../manager/rows.js'
