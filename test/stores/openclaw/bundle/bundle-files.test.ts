import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { BundleFiles } from '../../../../src/stores/openclaw/bundle/bundle-files.js'

async function bundle(t: Test) {
  const workspace = t.testdir({ away: 'kept' })
  const path = join(workspace, 'b')
  await mkdir(path)
  return { workspace, path, files: new BundleFiles({ path, workspace, displayPath: 'b' }) }
}

t.test('pieces of any number and size', async (t) => {
  const { files, path } = await bundle(t)
  const piece = 'ä'.repeat(1000)
  const written = await files.write('a.txt', Array<string>(700).fill(piece))
  t.strictSame(written, {
    path: 'a.txt',
    mediaType: 'text/plain; charset=utf-8',
    bytes: 1_400_000,
  })
  t.equal(await readFile(join(path, 'a.txt'), 'utf8'), piece.repeat(700))
  t.match(await files.write('b.jsonl', []), { mediaType: 'application/x-ndjson', bytes: 0 })
})

t.test('a link that was put in the place of a file is not written through', async (t) => {
  const { files, path, workspace } = await bundle(t)
  await symlink(join(workspace, 'away'), join(path, 'a.json'))
  await t.rejects(files.write('a.json', ['x']), { code: 'unavailable' })
  t.equal(await readFile(join(workspace, 'away'), 'utf8'), 'kept')
})

t.test('a bundle that failed is removed', async (t) => {
  const { files, workspace } = await bundle(t)
  await files.write('a.json', ['x'])
  await files.discard()
  t.strictSame(await readdir(workspace), ['away'])
})
