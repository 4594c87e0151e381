import type { Test } from 'tap'
import type {
  StoreEditor,
  StoreInventory,
  StoreMaintenance,
} from '../../src/contract/maintenance.js'
import type { Store } from '../../src/contract/store.js'
import type { SessionToPut } from './store.js'
import { StoreView } from './store-view.js'
import { chat, TranscriptText } from './transcript-text.js'

/** A store that can be written, and the hands of those who write it too. */
export interface WritableHarness {
  readonly store: Store & StoreMaintenance & StoreEditor
  put(session: SessionToPut, transcript?: string): Promise<void>
  /** Text of an archive that a write named. */
  archive(name: string): Promise<string>
}

export type MakeWritable = (t: Test) => Promise<WritableHarness>

const KEY = 'agent:main:main'
const OTHER = 'agent:main:other'
const NOTHING = { remove: [], archive: [], erase: [] }

/** What every store promises that can be maintained and edited (contract/maintenance.ts). */
export function storeWritesSuite(t: Test, name: string, make: MakeWritable): void {
  t.test(name, (t) => {
    maintenance(t, make)
    editing(t, make)
    compaction(t, make)
    t.end()
  })
}

async function opened(t: Test, make: MakeWritable) {
  const harness = await make(t)
  await harness.put(
    { key: KEY, sessionId: 's1', label: 'Main', updatedAtMs: 1795234708779 },
    chat('s1', 5),
  )
  await harness.put({ key: OTHER, sessionId: 's2' }, chat('s2', 1, 'o'))
  const view = new StoreView(harness.store)
  t.teardown(() => view.close())
  await view.until('both are told', ({ sessions }) => sessions.size === 2)
  return { ...harness, view }
}

async function only(store: StoreMaintenance): Promise<StoreInventory> {
  const [inventory, ...others] = await store.inventories()
  if (inventory === undefined || others.length > 0) throw new Error('not one store')
  return inventory
}

function maintenance(t: Test, make: MakeWritable): void {
  t.test('an inventory says what there is', async (t) => {
    const { store } = await opened(t, make)
    const { agent, entries, settings } = await only(store)
    t.equal(agent, 'main')
    t.match(settings, { mode: 'enforce', maxEntries: 500, maxDiskBytes: null })
    t.match(entries, [
      {
        key: KEY,
        sessionId: 's1',
        label: 'Main',
        updatedAtMs: 1795234708779,
        transcript: 'present',
        locked: false,
      },
      { key: OTHER, sessionId: 's2', transcript: 'present' },
    ])
    t.ok(
      entries.every(
        ({ bytes, files }) =>
          bytes > 0 && files.includes('s1.jsonl') !== files.includes('s2.jsonl'),
      ),
    )
  })

  t.test('what is decided is done, and nothing else', async (t) => {
    const { archive, store, view } = await opened(t, make)
    const { id } = await only(store)
    const done = await store.maintain(id, ({ entries }) => {
      t.equal(entries.length, 2, 'it decides about what is there now')
      return { remove: [OTHER, 'agent:main:never'], archive: ['s2.jsonl'], erase: [] }
    })
    t.match(done, { removed: [OTHER], erased: [], entries: 1 })
    t.equal(done.archived.length, 1)
    t.equal(await archive(done.archived[0] as string), chat('s2', 1, 'o'))
    await view.until('it is gone', ({ sessions }) => !sessions.has(OTHER))
    t.match(view.get(KEY), { sessionId: 's1', label: 'Main', updatedAtMs: 1795234708779 })
  })

  t.test('nothing decided is nothing done, and who cannot decide changes nothing', async (t) => {
    const { store } = await opened(t, make)
    const { id } = await only(store)
    t.match(await store.maintain(id, () => NOTHING), { removed: [], archived: [], entries: 2 })
    const failure = new Error('no idea')
    await t.rejects(
      store.maintain(id, () => {
        throw failure
      }),
      failure,
    )
    t.equal((await only(store)).entries.length, 2)
    t.match(await store.maintain(id, () => NOTHING), { entries: 2 }, 'and nothing stays locked')
  })
}

function editing(t: Test, make: MakeWritable): void {
  t.test('a patch sets its fields only', async (t) => {
    const { store, view } = await opened(t, make)
    t.equal(await store.patch(view.get(KEY), { label: 'New', sendPolicy: 'deny' }), true)
    await view.until('the label', (view) => view.get(KEY).label === 'New')
    t.match(view.get(KEY), { sessionId: 's1', sendPolicy: 'deny' })
    t.equal(await store.patch(view.get(KEY), { label: null }), true)
    await view.until('no label', (view) => view.get(KEY).label === null)
    t.equal(view.get(KEY).sendPolicy, 'deny')
  })

  t.test('a label belongs to one session', async (t) => {
    const { store, view } = await opened(t, make)
    await t.rejects(store.patch(view.get(OTHER), { label: 'Main' }), { code: 'impossible_state' })
    t.equal(await store.patch(view.get(KEY), { label: 'Main' }), true, 'its own it may keep')
  })

  t.test('a session that is put away leaves its transcript', async (t) => {
    const { archive, put, store, view } = await opened(t, make)
    const session = view.get(KEY)
    const [name, ...others] = (await store.putAway(session, 'deleted')) ?? []
    t.strictSame(others, [])
    t.match(name, /^s1\.jsonl\.deleted\./)
    t.equal(await archive(name as string), chat('s1', 5))
    await view.until('it is gone', ({ sessions }) => !sessions.has(KEY))
    t.equal(await store.putAway(session, 'deleted'), null)
    t.equal(await store.patch(session, { label: 'L' }), false)
    await put({ key: KEY, sessionId: 's9' }, chat('s9', 1))
    await view.until('another one has the key', ({ sessions }) => sessions.has(KEY))
    t.match((await store.putAway(view.get(KEY), 'reset')) ?? [], [/^s9\.jsonl\.reset\./])
  })

  t.test('a transcript that another session shares stays', async (t) => {
    const { put, store, view } = await opened(t, make)
    await put({ key: 'agent:main:cron:j', sessionId: 's1' })
    await view.until('it is told', ({ sessions }) => sessions.has('agent:main:cron:j'))
    t.strictSame(await store.putAway(view.get(KEY), 'deleted'), [])
    const mark = await store.transcript(view.get('agent:main:cron:j')).mark('active')
    t.equal(mark.seq, 5)
  })
}

function compaction(t: Test, make: MakeWritable): void {
  const ids = async (store: Store, view: StoreView) => {
    const page = await store
      .transcript(view.get(KEY))
      .page({ limit: 99, branch: 'active', includeTools: true })
    return page.entries.map(({ message }) => message.__openclaw.id)
  }

  t.test('a cut keeps the header and the newest lines', async (t) => {
    const { archive, store, view } = await opened(t, make)
    const cut = await store.compact(view.get(KEY), { maxLines: 3 })
    t.match(cut, { compacted: true, kept: 3 })
    t.match(cut.archived, /^s1\.jsonl\.bak\./)
    t.equal(await archive(cut.archived as string), chat('s1', 5))
    t.strictSame(await ids(store, view), ['m4', 'm5'])
    t.match(await store.compact(view.get(KEY), { maxLines: 3 }), {
      compacted: false,
      kept: 3,
      archived: null,
    })
  })

  t.test('no line hangs below one that is gone', async (t) => {
    const { put, store, view } = await opened(t, make)
    const text = new TranscriptText()
    const lines =
      text.header('s1') +
      text.user('u1', 'one') +
      text.user('side', 'a side branch', { parentId: 'u1' }) +
      text.user('u2', 'two', { parentId: 'u1' }) +
      text.compaction('c1') +
      text.user('u3', 'three')
    await put({ key: KEY, sessionId: 's1' }, lines)
    await view.until('the text', () => true)
    t.match(await store.compact(view.get(KEY), { maxLines: 5 }), { compacted: true, kept: 5 })
    t.strictSame(await ids(store, view), ['u2', 'c1', 'u3'])
  })
}
