// Writes openapi.json from the built route table: `npm run openapi`.
import { writeFileSync } from 'node:fs'
import { openApiText } from '../dist/surfaces/http/openapi/document.js'
import { VERSION } from '../dist/system/version.js'

writeFileSync(new URL('openapi.json', import.meta.url), openApiText(VERSION))
