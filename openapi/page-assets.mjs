// Puts the viewer of the reference page where the server finds it: part of `npm run build`.
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const target = new URL('../dist/surfaces/http/docs/', import.meta.url)
const script = createRequire(import.meta.url).resolve('rapidoc')

const FILES = [
  [script, 'rapidoc-min.js'],
  [`${script}.LICENSE.txt`, 'rapidoc-min.js.LICENSE.txt'],
  [join(dirname(script), '../LICENSE.txt'), 'rapidoc.LICENSE.txt'],
]

mkdirSync(target, { recursive: true })
for (const [from, name] of FILES) copyFileSync(from, new URL(name, target))
