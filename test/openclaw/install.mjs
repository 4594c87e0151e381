// Installs OpenClaw releases and the Node.js that runs them into a cache folder outside of this tree.
import { execFile } from 'node:child_process'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Some package below these releases asks for a later linkedom that does not exist everywhere. */
const LINKEDOM = { linkedom: '0.18.12' }

export const RELEASES = [
  { version: '2026.5.28', protocol: 4, store: 'files', overrides: LINKEDOM },
  { version: '2026.9.6', protocol: 4, store: 'sqlite', overrides: {} },
  {
    version: '2026.6.11',
    protocol: 4,
    store: 'files',
    overrides: LINKEDOM,
    onlyWithAll: true,
    files: ['tail.live.ts'],
  },
  { version: '2026.4.21', protocol: 3, store: 'files', overrides: LINKEDOM, onlyWithAll: true },
]

/** OPENCLAW_TEST_CACHE, else the folder that the platform has for what can be made again. */
function cacheFolder() {
  const { OPENCLAW_TEST_CACHE, XDG_CACHE_HOME } = process.env
  if (OPENCLAW_TEST_CACHE) return OPENCLAW_TEST_CACHE
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'openclaw-sessions-test')
}

/** The `node` package is an install script that adds one of these; scripts stay off, so it is named here. */
function nodePackage() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${process.platform}-${process.arch}`
}

/** Where the Node.js binary is. */
export async function installNode(say) {
  const name = nodePackage()
  const folder = await install('node-24', { [name]: '24' }, {}, say)
  return join(folder, 'node_modules', name, 'bin/node')
}

/** Where the program of a release is. */
export async function installRelease({ overrides, version }, say) {
  const folder = await install(`openclaw-${version}`, { openclaw: version }, overrides, say)
  return join(folder, 'node_modules/openclaw/openclaw.mjs')
}

/** A folder that is there was installed whole: it gets its name last. */
async function install(name, dependencies, overrides, say) {
  const folder = join(cacheFolder(), name)
  if (await exists(folder)) return folder
  say(`installing ${name} into ${folder} ...`)
  const unfinished = `${folder}.${process.pid}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  const manifest = { private: true, dependencies, overrides }
  await writeFile(join(unfinished, 'package.json'), JSON.stringify(manifest))
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...flags], { cwd: unfinished })
  await rename(unfinished, folder)
  return folder
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  )
}
