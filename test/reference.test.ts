import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv, promisify } from 'node:util'
import t from 'tap'
import { parseConfig, SETTINGS } from '../src/config/config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const example = await readFile(join(root, '.env.example'), 'utf8')

t.test('.env.example and the tables of the README are those of the schemas', async (t) => {
  const check = promisify(execFile)(process.execPath, ['scripts/reference.mjs', '--check'], {
    cwd: root,
  })
  await t.resolves(check, 'npm run reference')
})

t.test('the example is accepted as it stands, and with every line uncommented', async (t) => {
  t.same(parseEnv(example), {}, 'it sets nothing')
  const all = parseEnv(example.replaceAll(/^#(?=[A-Z_]+=)/gm, ''))
  t.same(new Set(Object.keys(all)), new Set(SETTINGS.map(({ name }) => name)))
  const { config, warnings } = parseConfig(all as Record<string, string>)
  t.same(config, parseConfig({}).config, 'its values are the defaults')
  t.same(warnings, [])
})

t.test('the README is short', async (t) => {
  const lines = (await readFile(join(root, 'README.md'), 'utf8')).split('\n').length - 1
  t.ok(lines <= 150, `${lines} lines`)
})
