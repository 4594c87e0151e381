// Writes what people read of the settings and routes: .env.example, and two tables in README.md (settings for
// fine tuning are in .env.example only). `--check` changes
// nothing and fails when one of them is stale. Reads dist/ and openapi/openapi.json: build and `npm run openapi` first.
import { readFile, writeFile } from 'node:fs/promises'
import { SETTINGS } from '../dist/config/config.js'

const at = (path) => new URL(`../${path}`, import.meta.url)
const read = (path) => readFile(at(path), 'utf8')

/** A Markdown table; `|` in a cell would end it. */
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

/** The README with the text between `<!-- name -->` and `<!-- /name -->` replaced. */
function replaceBlock(text, name, block) {
  const [open, close] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`README.md has no block ${name}`)
  return `${text.slice(0, from)}${open}${block}${text.slice(to)}`
}

const defaultOf = (setting) => {
  if (setting.default === '') return 'none'
  return setting.defaultIsValue ? `\`${setting.default}\`` : setting.default
}

const settingsTable = () =>
  table(
    ['setting', 'default', 'what it is'],
    SETTINGS.filter(({ tuning }) => !tuning).map((setting) => [
      `\`${setting.name}\``,
      defaultOf(setting),
      setting.description,
    ]),
  )

function envExample() {
  const head = [
    '# Every setting of openclaw-sessions, with its default. Export what you change: the service reads the',
    '# environment, not this file (`node --env-file=.env dist/surfaces/cli/main.js serve` does). Written by `npm run reference`.',
  ]
  const entries = SETTINGS.map((setting) => [
    `# ${setting.description}`,
    `# Accepts ${setting.accepts}.`,
    ...(setting.defaultIsValue || setting.default === '' ? [] : [`# Default: ${setting.default}.`]),
    `#${setting.name}=${setting.defaultIsValue ? setting.default : ''}`,
  ])
  return `${[head, ...entries].map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** The lowest scope that a route takes, without its `operator.`. */
function scopeOf({ security = [] }) {
  const [scope] = Object.values(security[0] ?? {}).flat()
  return scope?.replace('operator.', '') ?? 'public'
}

async function routesTable() {
  const { paths } = JSON.parse(await read('openapi/openapi.json'))
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { operationId }]) => operationId !== undefined)
      .map(([method, route]) => [
        `\`${method.toUpperCase()} ${path}\``,
        scopeOf(route),
        route.summary,
      ]),
  )
  return table(['route', 'scope', 'what it does'], rows)
}

async function readme() {
  const text = await read('README.md')
  return replaceBlock(
    replaceBlock(text, 'routes', await routesTable()),
    'settings',
    settingsTable(),
  )
}

const generated = { '.env.example': envExample(), 'README.md': await readme() }
for (const [path, text] of Object.entries(generated)) {
  if (!process.argv.includes('--check')) {
    await writeFile(at(path), text)
    continue
  }
  const found = await read(path).catch(() => '')
  if (found === text) continue
  console.error(`${path} is stale: run \`npm run reference\`.`)
  process.exitCode = 1
}
