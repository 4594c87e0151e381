import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Finding, findBroken, SOURCE_RULES } from './nevers/source-rules.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const nevers = join(root, 'test/nevers')
const biome = join(root, 'node_modules/.bin/biome')

/** A piece of code that breaks a never where it stands, and may be harmless elsewhere. */
interface Example {
  readonly file: string
  readonly never: number
  readonly standsAt: string
  readonly says: string
  readonly fineAt: string | undefined
  readonly text: string
}

async function readExample(file: string): Promise<Example> {
  const text = await readFile(join(nevers, file), 'utf8')
  const header = (name: string) => new RegExp(`^// ${name}: (.+)$`, 'm').exec(text)?.[1]
  const [standsAt, says] = [header('stands at'), header('says')]
  if (standsAt === undefined || says === undefined) throw new Error(`${file} lacks its header`)
  return { file, never: Number.parseInt(file, 10), standsAt, says, fineAt: header('fine at'), text }
}

interface Placed {
  readonly example: Example
  readonly path: string
}

/**
 * What the project's lint and its source rules say of each example at its path, in otherwise empty houses: examples
 * that share a path go to different ones, so that few runs of the linter serve them all.
 */
async function complaints(dir: string, placed: Placed[]): Promise<Map<Example, string[]>> {
  const found = new Map(
    placed.map(({ example, path }) => [
      example,
      findBroken(path, example.text).map(({ message }) => message),
    ]),
  )
  for (let left = placed; left.length > 0; ) {
    const house = new Map(left.map(({ example, path }) => [path, example]))
    const home = await buildHouse(join(dir, String(left.length)), house)
    for (const { message, location } of await lint(home))
      found.get(house.get(location.path) as Example)?.push(message)
    left = left.filter(({ example, path }) => house.get(path) !== example)
  }
  return found
}

/** A folder with the project's own lint rules, and the examples; git is left out, which the folder is no part of. */
async function buildHouse(dir: string, house: Map<string, Example>): Promise<string> {
  const settings = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'))
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'biome.json'), JSON.stringify({ ...settings, vcs: undefined }))
  for (const [path, { text }] of house) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  return dir
}

interface Diagnostic {
  readonly message: string
  readonly location: { readonly path: string }
}

function lint(dir: string): Promise<Diagnostic[]> {
  return new Promise((resolve, reject) => {
    execFile(biome, ['lint', '--reporter=json', '.'], { cwd: dir }, (_exit, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics)
      } catch (cause) {
        reject(new Error(`biome did not report: ${stderr}`, { cause }))
      }
    })
  })
}

const examples = await Promise.all(
  (await readdir(nevers)).filter((name) => name.endsWith('.example.ts')).map(readExample),
)

t.test('each example breaks its never where it stands', async (t) => {
  const placed = examples.map((example) => ({ example, path: example.standsAt }))
  for (const [{ file, standsAt, says }, found] of await complaints(t.testdir(), placed))
    t.ok(
      found.some((message) => message.startsWith(says)),
      `${file} is refused at ${standsAt}: ${says}`,
      { found },
    )
})

t.test('what an example does is fine where it belongs', async (t) => {
  const placed = examples.flatMap((example) =>
    example.fineAt === undefined ? [] : [{ example, path: example.fineAt }],
  )
  for (const [{ file, fineAt }, found] of await complaints(t.testdir(), placed))
    t.same(found, [], `${file} is welcome at ${fineAt}`)
})

t.test('each never and each source rule has an example', async (t) => {
  const proven = new Set(examples.map(({ never }) => never))
  t.same([...proven].sort(), [1, 2, 3, 4, 5, 6, 7, 8])
  for (const { message } of SOURCE_RULES)
    t.ok(
      examples.some(({ says }) => message.startsWith(says)),
      message,
    )
})

t.test('each folder rule of the lint has an example', async (t) => {
  const settings = await readFile(join(root, 'biome.json'), 'utf8')
  for (const [, message = ''] of settings.matchAll(/"message": "([^"]+)"/g))
    t.ok(
      examples.some(({ says }) => message.startsWith(says)),
      message,
    )
})

t.test('the source breaks no never', async (t) => {
  const findings: Finding[] = []
  for (const path of await sources('src'))
    findings.push(...findBroken(path, await readFile(join(root, path), 'utf8')))
  t.same(findings, [])
})

/** True when a file at `path` names something above the repository, such as a neighbour of it. */
const readsOutside = (path: string, text: string) =>
  new RegExp(`['"\`]${'\\.\\./'.repeat(path.split('/').length)}[\\w.]`).test(text)

t.test('tests read nothing outside of the repository', async (t) => {
  t.ok(readsOutside('test/x.test.ts', `'${'../'.repeat(2)}shared/a'`), 'a neighbour is seen')
  t.notOk(
    readsOutside('test/x/y.test.ts', `'${'../'.repeat(2)}fixtures/a'`),
    'the fixtures are its own',
  )
  for (const path of await sources('test'))
    t.notOk(readsOutside(path, await readFile(join(root, path), 'utf8')), path)
})

/** TypeScript files under a folder, repository-relative with forward slashes; examples of what is wrong left out. */
async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /(?<!\.example)\.ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}
