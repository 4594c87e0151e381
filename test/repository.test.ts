import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const skip = !existsSync(join(root, '.git')) && 'not a clone: git lists the files to look at'

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** What no tracked file may hold, with the reason. */
const BANNED: readonly (readonly [why: string, pattern: RegExp])[] = [
  ['a path of this machine', new RegExp(`(?<![\\w.-])(${literal(root)}|${literal(homedir())})/`)],
  [
    'a home folder of somebody',
    /(?<![\w.-])\/(home|Users)\/(?!openclaw\b|node\b|me\b|you\b)[a-z][\w-]*\//i,
  ],
  ['the host of a package registry', /\b(registry|npm)\.[a-z][\w-]*\.(org|com|io|net)\b/i],
  ['an address inside a network', /https?:\/\/(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./],
  ['work put off', new RegExp(String.raw`\b(TO${''}DO|FIX${''}ME|X${''}XX)\b`)],
]

t.test('tracked files speak of the product only', { skip }, async (t) => {
  for (const path of trackedFiles()) {
    const text = await readFile(join(root, path), 'utf8')
    for (const [why, pattern] of BANNED) {
      const found = pattern.exec(text)
      if (found !== null) t.fail(`${path} holds ${why}: ${found[0]}`)
    }
  }
  t.pass('nothing else')
})

t.test('each pattern finds what it is for', async (t) => {
  const samples = [
    `see ${root}/src`,
    ['', 'home', 'jane', 'openclaw'].join('/'),
    ['https://registry', 'example', 'org/zod'].join('.'),
    ['http:', '', '192.168.7.7'].join('/'),
    `// ${'TO'}${'DO'} later`,
  ]
  for (const [index, [why, pattern]] of BANNED.entries()) t.match(samples[index], pattern, why)
})

t.test('the lockfile names no host and fits the manifest', async (t) => {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const packages: Record<string, Record<string, unknown>> = lock.packages
  t.same(
    Object.keys(packages).filter((name) => /^https?:/.test(String(packages[name]?.resolved ?? ''))),
    [],
  )
  for (const kind of ['dependencies', 'devDependencies'])
    t.same(packages['']?.[kind], manifest[kind], kind)
  t.same(missingOptional(packages), [], 'every platform can install from it')
})

/**
 * Optional packages that the lockfile promises and lacks: `npm ci` refuses such a file, `npm install` on a machine where
 * they were left out writes it.
 */
function missingOptional(packages: Record<string, Record<string, unknown>>): string[] {
  const present = Object.keys(packages)
  return Object.entries(packages).flatMap(([name, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies as object)
      .filter((wanted) => !present.some((path) => path.endsWith(`node_modules/${wanted}`)))
      .map((wanted) => `${name} wants ${wanted}`),
  )
}

/** Text files that git tracks; what the gateways wrote is left as it is. */
function trackedFiles(): string[] {
  const all = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  return all.filter(
    (path) => path !== '' && !/^fixtures\/openclaw-/.test(path) && existsSync(join(root, path)),
  )
}
