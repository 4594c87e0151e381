import { lstat, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeBundleFolder } from '../../../../src/stores/openclaw/bundle/folder.js'

const EXPORTS = '.openclaw/trajectory-exports'

/** A workspace beside a folder that nothing may be written to. */
async function scene(t: Test) {
  const dir = t.testdir({ ws: {}, elsewhere: { kept: 'kept' } })
  return { workspace: join(dir, 'ws'), elsewhere: join(dir, 'elsewhere') }
}

t.test('a folder for its owner, and those above it', async (t) => {
  const { workspace } = await scene(t)
  const folder = await makeBundleFolder(workspace, 'bug-1')
  t.equal(folder.path, join(workspace, EXPORTS, 'bug-1'))
  t.equal(folder.displayPath, `${EXPORTS}/bug-1`)
  for (const path of [folder.path, join(workspace, EXPORTS), join(workspace, '.openclaw')])
    t.equal((await stat(path)).mode & 0o777, 0o700)
  t.equal(
    (await makeBundleFolder(workspace, 'more/bug-2')).path,
    join(workspace, EXPORTS, 'more/bug-2'),
  )
})

const NAMES = [
  '..',
  '../..',
  'a/../../b',
  'a/..',
  '/tmp/x',
  '~/x',
  '~',
  '.',
  './',
  'a\0b',
  'a\\b',
  'x'.repeat(300),
]

for (const name of NAMES)
  t.test(`the name ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
    const { elsewhere, workspace } = await scene(t)
    await t.rejects(makeBundleFolder(workspace, name), {
      code: 'invalid_parameter',
      message: /inside \.openclaw\/trajectory-exports/,
    })
    t.strictSame(await readdir(workspace), [], 'nothing was made')
    t.strictSame(await readdir(elsewhere), ['kept'])
  })

type Trap = (workspace: string, elsewhere: string) => Promise<unknown>

const below = async (workspace: string, ...parts: string[]) => {
  const folder = join(workspace, ...parts)
  await mkdir(folder, { recursive: true })
  return folder
}

const TRAPS: readonly [name: string, output: string, trap: Trap][] = [
  ['.openclaw is a link', 'a', (ws, away) => symlink(away, join(ws, '.openclaw'))],
  [
    '.openclaw is a link inside',
    'a',
    async (ws) => symlink(await below(ws, 'own'), join(ws, '.openclaw')),
  ],
  ['.openclaw is a file', 'a', (ws) => writeFile(join(ws, '.openclaw'), '')],
  [
    'trajectory-exports is a link',
    'a',
    async (ws, away) => symlink(away, join(await below(ws, '.openclaw'), 'trajectory-exports')),
  ],
  [
    'the target is a link',
    'a',
    async (ws, away) => symlink(away, join(await below(ws, EXPORTS), 'a')),
  ],
  [
    'the target is a link to nothing',
    'a',
    async (ws, away) => symlink(join(away, 'new'), join(await below(ws, EXPORTS), 'a')),
  ],
  ['the target is there', 'a', (ws) => below(ws, EXPORTS, 'a')],
  ['the target is a file', 'a', async (ws) => writeFile(join(await below(ws, EXPORTS), 'a'), '')],
  [
    'a folder on the way is a link',
    'a/b',
    async (ws, away) => symlink(away, join(await below(ws, EXPORTS), 'a')),
  ],
]

for (const [name, output, trap] of TRAPS)
  t.test(name, async (t) => {
    const { elsewhere, workspace } = await scene(t)
    await trap(workspace, elsewhere)
    await t.rejects(makeBundleFolder(workspace, output), {
      code: 'impossible_state',
      message: /^\.openclaw[\w/-]* is .*\.$/,
    })
    t.strictSame(await readdir(elsewhere), ['kept'], 'nothing was written elsewhere')
  })

t.test('a workspace that is none', async (t) => {
  const { elsewhere, workspace } = await scene(t)
  for (const path of [join(workspace, 'gone'), join(elsewhere, 'kept')])
    await t.rejects(makeBundleFolder(path, 'a'), {
      code: 'invalid_parameter',
      message: /is no folder/,
    })
})

t.test('a workspace that is itself a link is the folder it leads to', async (t) => {
  const { elsewhere, workspace } = await scene(t)
  const link = join(workspace, 'link')
  await symlink(elsewhere, link)
  await makeBundleFolder(link, 'a')
  t.ok((await lstat(join(elsewhere, EXPORTS, 'a'))).isDirectory())
})
