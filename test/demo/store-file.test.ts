import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { DemoStoreFile } from '../../src/demo/store-file.js'

const ENTRIES = 25

function writer(path: string, name: string): ChildProcess {
  return fork(new URL('store-writer.ts', import.meta.url), [path, name, String(ENTRIES)])
}

t.test('two processes change one store while it is read: always whole, nothing lost', async (t) => {
  const path = join(t.testdir(), 'sessions.json')
  await new DemoStoreFile(path).update(() => {})
  const writers = [writer(path, 'a'), writer(path, 'b')]
  const ended = Promise.all(writers.map((child) => once(child, 'exit')))
  let writing = true
  void ended.then(() => {
    writing = false
  })
  let seen = 0
  while (writing) {
    const size = Object.keys(JSON.parse(readFileSync(path, 'utf8'))).length
    if (size < seen) t.fail(`went back from ${seen} to ${size} entries`)
    seen = size
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.strictSame(await ended, [
    [0, null],
    [0, null],
  ])
  t.equal(Object.keys(JSON.parse(readFileSync(path, 'utf8'))).length, 2 * ENTRIES)
  t.strictSame(readdirSync(dirname(path)), [basename(path)], 'no lock and no temporary file stays')
})

t.test('changes of one process happen in order', async (t) => {
  const path = join(t.testdir(), 'sessions.json')
  const store = new DemoStoreFile(path)
  const steps = Array.from({ length: 20 }, (_, n) =>
    store.update((entries) => {
      entries.a = { steps: [...((entries.a?.steps as number[]) ?? []), n] }
    }),
  )
  await Promise.all(steps)
  t.strictSame(JSON.parse(readFileSync(path, 'utf8')).a.steps, [...steps.keys()])
})

t.test('an unchanged store is not written again', async (t) => {
  const path = join(t.testdir(), 'sessions.json')
  const store = new DemoStoreFile(path)
  await store.update((entries) => {
    entries.a = {}
  })
  const before = statSync(path).ino
  await store.update((entries) => {
    entries.a = {}
  })
  t.equal(statSync(path).ino, before)
})

t.test('a broken store is left alone, and a later change works', async (t) => {
  const path = join(t.testdir(), 'sessions.json')
  const store = new DemoStoreFile(path)
  writeFileSync(path, '{"half":')
  await t.rejects(
    store.update(() => {}),
    SyntaxError,
  )
  t.equal(readFileSync(path, 'utf8'), '{"half":')
  writeFileSync(path, '{}')
  await store.update((entries) => {
    entries.a = {}
  })
  t.strictSame(JSON.parse(readFileSync(path, 'utf8')), { a: {} })
  t.strictSame(readdirSync(dirname(path)), [basename(path)])
})
