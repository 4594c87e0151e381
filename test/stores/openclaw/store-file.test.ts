import { rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { StoreFile } from '../../../src/stores/openclaw/sessions-json/store-file.js'
import { StoreReader } from '../../../src/stores/openclaw/sessions-json/store-reader.js'
import { replaceFile } from './state-dir.js'

const TWO = { 'agent:main:a': { sessionId: 'a' }, 'agent:main:b': { sessionId: 'b' } }

const NONE = Symbol('no file')

/** Of files up to so many bytes; larger ones it reads in a thread. */
function readerOf(t: Test, inlineBytes: number): StoreReader {
  const reader = new StoreReader(inlineBytes)
  t.teardown(() => reader.close())
  return reader
}

function storeIn(dir: string, reader: StoreReader) {
  const refreshes: number[] = []
  const options = { agent: 'main', reader, onRefresh: (ms: number) => refreshes.push(ms) }
  return { file: new StoreFile({ dir, name: 'sessions.json' }, options), refreshes }
}

/** Looks at the file; the keys of the entries that changed. */
const refresh = async (file: StoreFile) => new Set((await file.refresh()).map(({ key }) => key))

async function opened(t: Test, reader: StoreReader, content: unknown = TWO) {
  const dir = t.testdir()
  const path = join(dir, 'sessions.json')
  if (content !== NONE)
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  const opened = storeIn(dir, reader)
  return { ...opened, path, first: await refresh(opened.file) }
}

function storeFileTests(t: Test, reader: StoreReader): void {
  t.test('tells which entries changed, and no others', async (t) => {
    const { file, first, path } = await opened(t, reader)
    t.strictSame(first, new Set(['agent:main:a', 'agent:main:b']))
    const kept = file.entries.get('agent:main:a')
    t.strictSame(await refresh(file), new Set(), 'nothing changed')
    await replaceFile(
      path,
      JSON.stringify({ ...TWO, 'agent:main:b': { sessionId: 'b', label: 'B' } }),
    )
    t.strictSame(await refresh(file), new Set(['agent:main:b']))
    t.equal(file.entries.get('agent:main:a'), kept, 'an unchanged entry stays the same object')
    await replaceFile(path, JSON.stringify({ 'agent:main:a': { sessionId: 'a' } }, null, 2))
    t.strictSame(
      await refresh(file),
      new Set(['agent:main:b']),
      'gone; another layout is no change',
    )
  })

  t.test('a replacement of equal size and times is seen', async (t) => {
    const { file, path } = await opened(t, reader)
    const at = new Date(1795234700000)
    await utimes(path, at, at)
    await refresh(file)
    await writeFile(path, JSON.stringify(TWO).replace('"sessionId":"b"', '"sessionId":"c"'))
    await utimes(path, at, at)
    t.strictSame(await refresh(file), new Set(['agent:main:b']))
  })

  t.test('what cannot be read keeps the rows that were there, and says why', async (t) => {
    const { file, path } = await opened(t, reader)
    const cases: [content: string, problem: RegExp][] = [
      ['', /not valid JSON/],
      [JSON.stringify(TWO).slice(0, -9), /not valid JSON/],
      ['\0\0\0', /not valid JSON/],
      ['null', /no object/],
      ['[]', /no object/],
      ['7', /no object/],
      ['['.repeat(10_000) + ']'.repeat(10_000), /no object/],
      ['{"a":'.repeat(10_000), /not valid JSON/],
    ]
    for (const [content, problem] of cases) {
      await replaceFile(path, content)
      t.strictSame(await refresh(file), new Set(), content.slice(0, 20))
      t.match(file.state, { kind: 'problem', problem }, content.slice(0, 20))
      t.equal(file.entries.size, 2)
    }
    await replaceFile(path, JSON.stringify({ ...TWO, 'agent:main:c': {} }))
    t.strictSame(await refresh(file), new Set(['agent:main:c']), 'it recovers by itself')
    t.strictSame(file.state, { kind: 'read', skipped: 0 })
  })

  t.test('a store that went is told as gone, and comes back', async (t) => {
    const { file, path } = await opened(t, reader)
    await rm(path)
    await refresh(file)
    t.match(file.state, { kind: 'problem', problem: /is gone/ })
    t.equal(file.entries.size, 2)
    await writeFile(path, JSON.stringify(TWO))
    t.strictSame(await refresh(file), new Set())
    t.match(file.state, { kind: 'read' })
  })

  t.test('no store is no problem', async (t) => {
    const { file } = await opened(t, reader, NONE)
    t.strictSame(file.state, { kind: 'absent' })
  })

  t.test('a link, a folder and what is too large are not read', async (t) => {
    const dir = t.testdir({
      target: JSON.stringify(TWO),
      large: {},
      folder: { 'sessions.json': {} },
    })
    await symlink(join(dir, 'target'), join(dir, 'sessions.json'))
    const { file: link } = storeIn(dir, reader)
    await link.refresh()
    t.match(link.state, {
      problem:
        'The session store is a symbolic link and is not read: put the file itself in its place.',
    })
    t.equal(link.entries.size, 0)

    const { file: folder } = storeIn(join(dir, 'folder'), reader)
    await folder.refresh()
    t.match(folder.state, {
      problem:
        'The session store is not a regular file and is not read: put the file itself in its place.',
    })

    const path = join(dir, 'large/sessions.json')
    await writeFile(path, JSON.stringify(TWO))
    const { file } = storeIn(join(dir, 'large'), reader)
    await file.refresh()
    await truncate(path, 501 * 1024 * 1024)
    await file.refresh()
    t.match(file.state, {
      problem: 'The session store is larger than 500 MiB and is not read: make it smaller.',
    })
    t.equal(file.entries.size, 2)
  })

  t.test('entries that are no sessions are counted, and hostile keys are only keys', async (t) => {
    const { file } = await opened(
      t,
      reader,
      '{"agent:main:a":{},"x":null,"y":[],"z":5,"":{},"__proto__":{"sessionId":"p"},"constructor":{}}',
    )
    t.strictSame(file.state, { kind: 'read', skipped: 4 })
    t.strictSame([...file.entries.keys()].sort(), [
      'agent:main:__proto__',
      'agent:main:a',
      'agent:main:constructor',
    ])
    t.equal(file.entries.get('agent:main:__proto__')?.facts.sessionId, 'p')
  })

  t.test('two spellings of a key are one session, the newer', async (t) => {
    const { file } = await opened(t, reader, {
      a: { label: 'new', updatedAt: 2 },
      'agent:main:a': { label: 'old', updatedAt: 1 },
      'agent:main:A': { label: 'other', updatedAt: 3 },
      'AGENT:main:a': { label: 'another', updatedAt: 4 },
    })
    t.equal(file.entries.get('agent:main:a')?.facts.label, 'new')
    t.equal(file.entries.get('agent:main:A')?.facts.label, 'other', 'case makes it another one')
    t.equal(file.entries.get('AGENT:main:a')?.facts.label, 'another')
  })

  t.test('never stops at 500 entries', async (t) => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`agent:main:s${i}`, { sessionId: `s${i}` }]),
    )
    const { file, first } = await opened(t, reader, many)
    t.equal(first.size, 10_000)
    t.equal(file.entries.size, 10_000)
  })

  t.test('tells how long it took whenever it was read', async (t) => {
    const { file, path, refreshes } = await opened(t, reader)
    t.equal(refreshes.length, 1)
    await replaceFile(path, '{"agent:main:a":')
    await file.refresh()
    t.equal(refreshes.length, 1, 'nothing was read')
    await replaceFile(path, '{}')
    await file.refresh()
    t.equal(refreshes.length, 2)
    t.ok(refreshes.every((ms) => ms > 0 && ms < 60_000))
  })
}

t.test('read here', async (t) => storeFileTests(t, readerOf(t, Number.POSITIVE_INFINITY)))
t.test('read in a thread', async (t) => storeFileTests(t, readerOf(t, 0)))

t.test('a file that its thread did not survive is a problem, and tried again', async (t) => {
  const reader = readerOf(t, 0)
  const { file, path } = await opened(t, reader)
  await reader.close()
  await replaceFile(path, '{}')
  t.strictSame(await refresh(file), new Set())
  t.match(file.state, { kind: 'problem', problem: /thread .+ ended/ })
  t.equal(file.entries.size, 2, 'its entries stay')
  await replaceFile(path, '')
  await file.refresh()
  t.match(file.state, { problem: /not valid JSON/ })
})
