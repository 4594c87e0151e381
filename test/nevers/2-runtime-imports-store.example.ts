// stands at: src/demo/state-writer.ts
// says: A runtime knows nothing above or beside it
import { openclawFiles } from '../stores/openclaw/directory/folder.js'

export const store = openclawFiles
