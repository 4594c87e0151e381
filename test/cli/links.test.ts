import { mkdir, readdir, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ownDirectory } from './directory.js'
import { run } from './process.js'

/** What is moved away with a link left in its place; `agent` is the one whose sessions are not read then. */
const LINKS = [
  { place: 'agents/work/sessions/sessions.json', agent: 'work' },
  { place: 'agents/work/sessions', agent: 'work' },
  { place: 'agents/work', agent: 'work' },
  { place: 'agents/main/sessions/<transcript>', agent: null },
] as const
const REMEDY = /[Pp]ut the (file|folder) itself (in its place|there)/

t.test('what is not read because of a link is named with the remedy', async (t) => {
  for (const { agent, place } of LINKS) {
    const { flags, state } = await ownDirectory(t)
    const main = await readdir(join(state, 'agents/main/sessions'))
    const transcript = main.find((name) => /^72500bd6-[\w-]+\.jsonl$/.test(name)) ?? ''
    const path = join(state, place.replace('<transcript>', transcript))
    const away = join(state, '../elsewhere')
    await mkdir(away)
    await rename(path, join(away, 'it'))
    await symlink(join(away, 'it'), path)
    const list = await run(['list', '--agent', agent ?? 'main', ...flags])
    t.match(list.err, REMEDY, `list: ${place}`)
    t.match((await run(['doctor', ...flags])).out, REMEDY, `doctor: ${place}`)
    if (place === 'agents/work') continue
    const key = `agent:${agent ?? 'main'}:main`
    const { err, out } = await run(['diagnose', key, ...flags])
    t.match(err + out, REMEDY, `diagnose: ${place}`)
  }
})
