/**
 * Baseline: on notice of a change, reads `sessions.json` and parses it on the main thread. Argument 0 is its folder.
 * Tells `refreshed` after each time.
 */
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tell } from '../processes/channel.js'
import { argument } from './listen.js'

const folder = argument(0)
const path = join(folder, 'sessions.json')

watch(folder, async (event, name) => {
  if (name !== 'sessions.json' || event !== 'rename') return
  const entries = Object.keys(JSON.parse(await readFile(path, 'utf8'))).length
  tell('refreshed', { at: String(process.hrtime.bigint()), entries })
})
tell('ready', null)
