// `npm run test:openclaw [-- --all]`: the tests of this folder against each release of OpenClaw, one after the other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { installNode, installRelease, RELEASES } from './install.mjs'

/** Seconds for one file: a gateway of a cold cache takes a minute to start, and each turn some seconds. */
const FILE_SECONDS = 600

const ROOT = join(import.meta.dirname, '../..')
const say = (text) => console.error(text)

const all = process.argv.includes('--all')
const wanted = process.argv.slice(2).filter((word) => word !== '--all')
const releases = RELEASES.filter(({ onlyWithAll, version }) =>
  wanted.length > 0 ? wanted.includes(version) : all || onlyWithAll !== true,
)
if (releases.length === 0) {
  say(`Releases: ${RELEASES.map(({ version }) => version).join(', ')}; or --all.`)
  process.exit(2)
}

const node = await installNode(say)
const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.live.ts'))
let failed = false
for (const release of releases) {
  const entry = await installRelease(release, say)
  say(`\nOpenClaw ${release.version}`)
  const flags = ['--jobs=1', `--timeout=${FILE_SECONDS}`, '--reporter=tap']
  const paths = (release.files ?? files).map((name) => `test/openclaw/${name}`)
  const tap = spawn('npx', ['tap', 'run', ...flags, ...paths], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, OPENCLAW_TEST_RELEASE: JSON.stringify({ ...release, entry, node }) },
  })
  const [code] = await once(tap, 'exit')
  failed ||= code !== 0
}
process.exit(failed ? 1 : 0)
