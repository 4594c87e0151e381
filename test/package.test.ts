import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
// `--ignore-scripts`: dist/ is built before the tests, and must not change below the ones that run beside this one.
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
)
const files: string[] = packed.files.map(({ path }: { path: string }) => path)

t.test('the package holds what it promises', async (t) => {
  const promised = [
    manifest.main,
    manifest.types,
    manifest.exports['.'].default,
    manifest.exports['.'].types,
    ...Object.values<string>(manifest.bin),
    'openapi/openapi.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
  ]
  for (const path of promised) t.ok(files.includes(path.replace(/^\.\//, '')), path)
})

t.test('no page of the package links to a file that is not in it', async (t) => {
  for (const page of files.filter((path) => /^[^/]+\.md$|^docs\/.+\.md$/.test(path)))
    for (const target of linksOf(await readFile(join(root, page), 'utf8')))
      t.ok(files.includes(posix.join(posix.dirname(page), target)), `${page}: ${target}`)
})

/** Files that a Markdown text links to or shows. */
function linksOf(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
  return targets
    .map(([, link, attribute]) => (link ?? attribute ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}

t.test('the package holds nothing else', async (t) => {
  const allowed =
    /^(dist\/.+\.(js|d\.ts)|dist\/surfaces\/http\/docs\/.+|openapi\/openapi\.json|docs\/[\w-]+\.(md|svg)|examples\/.+|package\.json|[A-Z]+\.md|LICENSE|\.env\.example)$/
  t.same(
    files.filter((path) => !allowed.test(path)),
    [],
  )
})

t.test('the program starts from its shebang', async (t) => {
  for (const path of Object.values<string>(manifest.bin))
    t.match(await readFile(join(root, path), 'utf8'), /^#!\/usr\/bin\/env node\n/, path)
})

t.test('what the types need is installed with the package', async (t) => {
  for (const path of files.filter((path) => path.endsWith('.d.ts'))) {
    const text = await readFile(join(root, path), 'utf8')
    for (const [, name = ''] of text.matchAll(/from '(@[\w-]+\/[\w-]+|[\w-]+)(?:\/[^']*)?'/g))
      t.ok(name in manifest.dependencies, `${path} imports ${name}`)
  }
})
