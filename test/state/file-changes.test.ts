import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { fileChanges } from '../../src/state/file-changes.js'
import { fileVersion } from '../../src/state/file-version.js'
import { until } from '../until.js'

// Following a file does not keep a process alive by itself, so something else has to.
const awake = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(awake))

t.test('every way in which a file changes is noticed, its folder included', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'folder', 'file')
  const aside = join(dir, 'aside')
  const end = new AbortController()
  let seen = ''
  const following = (async () => {
    for await (const _ of fileChanges(path, end.signal)) seen = await fileVersion(path)
  })()
  await until(() => seen === 'absent')
  const steps: [name: string, act: () => Promise<unknown>][] = [
    [
      'the folder and the file appear',
      () => mkdir(join(dir, 'folder')).then(() => writeFile(path, 'a')),
    ],
    ['it is written', () => writeFile(path, 'ab')],
    ['it is written with as many bytes', () => writeFile(path, 'cd')],
    ['it is replaced', () => writeFile(aside, 'ef').then(() => rename(aside, path))],
    ['it is removed', () => rm(path)],
    ['it comes back', () => writeFile(path, 'a')],
    ['the folder is replaced', () => rm(join(dir, 'folder'), { recursive: true })],
    ['and comes back', () => mkdir(join(dir, 'folder')).then(() => writeFile(path, 'x'))],
  ]
  for (const [name, act] of steps) {
    const before = seen
    await act()
    await until(async () => seen === (await fileVersion(path)))
    t.not(seen, before, name)
  }
  end.abort()
  await following
})

t.test('it ends with its signal while nothing changes', async (t) => {
  const end = new AbortController()
  const changes = fileChanges(join(t.testdir(), 'file'), end.signal)
  await changes.next()
  const last = changes.next()
  end.abort()
  t.ok((await last).done)
})
