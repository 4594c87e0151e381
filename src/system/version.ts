import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { parseJson } from './well-formed.js'

const Manifest = z.object({ version: z.string() })

/** The version of this package, as its manifest says. */
export const VERSION = Manifest.parse(
  parseJson(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
).version
