import * as fc from 'fast-check'
import t from 'tap'
import type { SessionEntry } from '../../../src/stores/openclaw/sessions-json/entry.js'
import { EntryDigests } from '../../../src/stores/openclaw/sessions-json/entry-digests.js'
import { EntryTable } from '../../../src/stores/openclaw/sessions-json/entry-table.js'
import {
  NO_DIGESTS,
  readContent,
} from '../../../src/stores/openclaw/sessions-json/store-content.js'
import { searches } from '../../searches.js'
import { storeChange } from './store-texts.js'

function contentOf(text: Buffer | string, digests: Uint8Array = NO_DIGESTS) {
  const content = readContent(Buffer.from(text), 'main', new EntryDigests(digests))
  return typeof content === 'string' ? null : content
}

const plain = (entries: ReadonlyMap<string, SessionEntry>) =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))

t.test('after any change it holds what a new one would, and told exactly what moved', async (t) => {
  await fc.assert(
    fc.asyncProperty(storeChange, async ({ former, now }) => {
      const table = new EntryTable()
      const before = contentOf(former)
      if (before === null) throw new Error(String(former))
      await table.apply(before)
      const after = contentOf(now, before.digests)
      if (after === null) return
      const told = new Map(table.entries)
      for (const { entry, former, key } of await table.apply(after)) {
        t.equal(told.get(key) ?? null, former)
        t.notSame(former, entry, 'what is told did change')
        if (entry === null) told.delete(key)
        else told.set(key, entry)
      }
      t.strictSame(told, table.entries)
      const anew = new EntryTable()
      await anew.apply(contentOf(now) ?? after)
      t.strictSame(plain(table.entries), plain(anew.entries))
      t.equal(table.skipped, anew.skipped)
    }),
    searches(200),
  )
})

t.test('a spelling that goes leaves the other one', async (t) => {
  const table = new EntryTable()
  const both = contentOf(
    '{"agent:main:a":{"label":"new","updatedAt":2},"a":{"label":"old","updatedAt":1},"x":null}',
  )
  if (both === null) return t.fail('no content')
  await table.apply(both)
  t.equal(table.entries.get('agent:main:a')?.facts.label, 'new')
  t.equal(table.skipped, 1)
  const one = contentOf('{"a":{"label":"old","updatedAt":1},"x":null}', both.digests)
  if (one === null) return t.fail('no content')
  t.equal(one.fresh.length, 0, 'nothing is parsed')
  t.match(await table.apply(one), [
    {
      key: 'agent:main:a',
      former: { facts: { label: 'new' } },
      entry: { facts: { label: 'old' } },
    },
  ])
})

t.test('equally new spellings that change places change who counts', async (t) => {
  const table = new EntryTable()
  const [first, last] = ['"a":{"label":"one"}', '"agent:main:a":{"label":"two"}']
  const before = contentOf(`{${first},${last}}`)
  if (before === null) return t.fail('no content')
  await table.apply(before)
  t.equal(table.entries.get('agent:main:a')?.facts.label, 'two')
  const after = contentOf(`{${last},${first}}`, before.digests)
  if (after === null) return t.fail('no content')
  t.equal(after.fresh.length, 0, 'nothing is parsed')
  t.match(await table.apply(after), [
    { former: { facts: { label: 'two' } }, entry: { facts: { label: 'one' } } },
  ])
})
