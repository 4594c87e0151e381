import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { temporaryName } from '../../src/system/temporary-file.js'

const path = temporaryName(process.argv[2] ?? '')
writeFileSync(path, 'half')
process.send?.(basename(path))
setInterval(() => {}, 60_000)
