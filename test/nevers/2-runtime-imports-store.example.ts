// stands at: src/runtimes/demo/state-writer.ts
// says: A runtime knows nothing above or beside it
import { openclawFiles } from '../../stores/openclaw-files/index.js'

export const store = openclawFiles
