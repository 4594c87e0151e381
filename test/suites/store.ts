import type { Test } from 'tap'
import type { Store } from '../../src/contract/store.js'
import type { PageRequest, Transcript, TranscriptPage } from '../../src/contract/transcript.js'
import { DEADLINE_MS } from '../until.js'
import { StoreView } from './store-view.js'
import { chat, TranscriptText } from './transcript-text.js'

/** Facts that every store can be given of a session. */
export interface SessionToPut {
  readonly key: string
  readonly sessionId: string | null
  readonly label?: string
  readonly updatedAtMs?: number
}

/** A store, and the hands of those who write what it reads. */
export interface StoreHarness {
  readonly store: Store
  /** Adds or replaces a session, and the whole text of its transcript when one is given. */
  put(session: SessionToPut, transcript?: string): Promise<void>
  remove(key: string): Promise<void>
  /** Adds to the transcript of a session that was put. */
  append(key: string, text: string): Promise<void>
  /** Puts another text in the transcript's place. */
  replace(key: string, text: string): Promise<void>
}

/** Makes an empty store for one test, and lets it go with that test. */
export type MakeHarness = (t: Test) => Promise<StoreHarness>

/** How long a listener may wait to hear of an append. */

const KEY = 'agent:main:main'

/** What every store promises (contract/store.ts, contract/transcript.ts), whatever it reads. */
export function storeSuite(t: Test, name: string, make: MakeHarness): void {
  t.test(name, (t) => {
    promises(t, make)
    t.end()
  })
}

function promises(t: Test, make: MakeHarness): void {
  const opened = async (t: Test, transcript?: string) => {
    const harness = await make(t)
    await harness.put({ key: KEY, sessionId: 's1' }, transcript)
    const view = new StoreView(harness.store)
    t.teardown(() => view.close())
    await view.until('the session comes', ({ sessions }) => sessions.has(KEY))
    return { ...harness, view, transcript: harness.store.transcript(view.get(KEY)) }
  }

  t.test('the first change is everything, later ones only what moved', async (t) => {
    const { put, remove, store } = await make(t)
    await put({ key: 'agent:main:a', sessionId: 'a1', label: 'A', updatedAtMs: 1795234708779 })
    await put({ key: 'agent:work:b', sessionId: 'b1' })
    const view = new StoreView(store)
    t.teardown(() => view.close())
    await view.until('a first change', ({ changes }) => changes.length > 0)
    t.strictSame([...view.sessions.keys()].sort(), ['agent:main:a', 'agent:work:b'])
    t.match(view.get('agent:main:a'), {
      agent: 'main',
      sessionId: 'a1',
      label: 'A',
      updatedAtMs: 1795234708779,
      status: null,
      lock: null,
    })
    t.equal(
      view.last.sources.reduce((sum, source) => sum + source.sessions, 0),
      2,
      'the sources count them',
    )
    t.match(view.last, { defaultAgent: 'main', mainKey: 'main' })

    const before = view.changes.length
    await put({ key: 'agent:main:a', sessionId: 'a1', label: 'B' })
    await view.until('the label', (view) => view.get('agent:main:a').label === 'B')
    await remove('agent:work:b')
    await view.until('the removal', ({ sessions }) => !sessions.has('agent:work:b'))
    const later = view.changes.slice(before)
    t.notOk(
      later.some(({ upserted }) => upserted.some(({ key }) => key === 'agent:work:b')),
      'nothing is told of a session that did not move',
    )
    t.strictSame(
      later.flatMap(({ removed }) => removed),
      ['agent:work:b'],
    )
  })

  t.test('pages go back from the newest, each counting what it returns', async (t) => {
    const text = new TranscriptText()
    const { transcript } = await opened(
      t,
      text.header('s1') +
        text.user('u1', 'one') +
        text.assistant('a1', 'calls') +
        text.toolResult('t1', 'result') +
        text.assistant('a2', 'NO_REPLY') +
        text.compaction('c1') +
        text.user('u2', 'two'),
    )
    const newest = await transcript.page(page({ limit: 2 }))
    t.strictSame(seqs(newest), [5, 6], 'a dropped reply keeps its seq and is not returned')
    t.equal(newest.hasMore, true)
    t.strictSame(newest.entries[0]?.message.__openclaw, { kind: 'compaction', id: 'c1', seq: 5 })
    const older = await transcript.page(page({ limit: 2, before: before(newest) }))
    t.strictSame(seqs(older), [1, 2], 'a tool result is left out')
    t.equal(older.hasMore, false)
    t.equal(older.end, newest.end)
    const all = await transcript.page(page({ limit: 9, includeTools: true }))
    t.strictSame(seqs(all), [1, 2, 3, 5, 6])
    t.strictSame(
      all.entries.map((entry) => entry.tool),
      [false, false, true, false, false],
    )
    t.strictSame(seqs(await transcript.page(page({ limit: 9, before: 3 }))), [1, 2], 'a bare seq')
    t.strictSame(seqs(await transcript.page(page({ limit: 1, before: 99 }))), [6])
    t.strictSame(seqs(await transcript.page(page({ limit: 9, before: 1 }))), [])
    t.match(await transcript.mark('active'), { position: newest.end, seq: 6, brokenLines: 0 })
  })

  t.test('a fork shows its newest branch, or every line', async (t) => {
    const text = new TranscriptText()
    const { append, transcript } = await opened(
      t,
      text.header('s1') + text.user('u1', 'one') + text.assistant('a1', 'abandoned'),
    )
    const place = (await transcript.mark('active')).position
    const inFileOrder = (await transcript.mark('all')).position
    await append(KEY, text.assistant('a2', 'taken', { parentId: 'u1' }))
    await marked(transcript, 'all', 3)
    t.strictSame(ids(await transcript.page(page({ branch: 'active' }))), ['u1', 'a2'])
    t.strictSame(ids(await transcript.page(page({ branch: 'all' }))), ['u1', 'a1', 'a2'])
    t.strictSame(await transcript.after(place, 'active', 9), {
      kind: 'lost',
      reason: 'branch_changed',
    })
    t.match(await transcript.after(inFileOrder, 'all', 9), { entries: [{ id: 'a2', seq: 3 }] })
  })

  t.test('reading goes on right after a place', async (t) => {
    const text = new TranscriptText()
    const { append, transcript } = await opened(t, text.header('s1') + text.user('u1', 'one'))
    const start = (await transcript.mark('active')).position
    t.strictSame(await transcript.after(start, 'active', 9), {
      kind: 'entries',
      entries: [],
      end: start,
      more: false,
    })
    await append(
      KEY,
      text.toolResult('t1', 'r') + text.assistant('a1', 'no_reply') + text.user('u2', 'two'),
    )
    await marked(transcript, 'active', 4)
    const first = await transcript.after(start, 'active', 1)
    if (first.kind !== 'entries') return t.fail(`lost: ${first.reason}`)
    t.match(first, { entries: [{ id: 't1', seq: 2, tool: true }], more: true })
    const rest = await transcript.after(first.end, 'active', 9)
    if (rest.kind !== 'entries') return t.fail(`lost: ${rest.reason}`)
    t.strictSame(
      rest.entries.map(({ id, seq }) => [id, seq]),
      [['u2', 4]],
    )
    t.equal(rest.more, false)
    t.equal(rest.end, (await transcript.mark('active')).position)
    t.equal(rest.end, rest.entries.at(-1)?.position)
  })

  t.test('a torn line waits for its newline, a broken one is counted', async (t) => {
    const text = new TranscriptText()
    const { append, transcript } = await opened(t, text.header('s1') + text.user('u1', 'one'))
    const start = (await transcript.mark('active')).position
    const line = text.user('u2', 'two')
    await append(KEY, `{"broken\n${line.slice(0, 20)}`)
    t.equal((await transcript.mark('active')).seq, 1)
    t.equal((await transcript.mark('active')).brokenLines, 1)
    await append(KEY, line.slice(20))
    await marked(transcript, 'active', 2)
    t.match(await transcript.after(start, 'active', 9), { entries: [{ id: 'u2', seq: 2 }] })
  })

  t.test('half a surrogate pair is U+FFFD, in facts and in messages', async (t) => {
    const [key, id] = ['agent:main:room:\ud83d', 'half \ude00']
    const text = new TranscriptText()
    const { put, store } = await make(t)
    const lines =
      text.header('s2') + text.user(id, 'a 😀 \ud83d b') + text.assistant('a1', '\ude00')
    await put({ key, sessionId: 's2', label: '😀\ud83d' }, lines)
    const view = new StoreView(store)
    t.teardown(() => view.close())
    const known = key.toWellFormed()
    await view.until('the session comes', ({ sessions }) => sessions.has(known))
    t.match(view.get(known), { key: known, label: '😀\ufffd' })
    const transcript = store.transcript(view.get(known))
    const { entries } = await transcript.page({ branch: 'active', limit: 5, includeTools: true })
    t.match(entries, [
      { id: 'half \ufffd', message: { content: 'a 😀 \ufffd b' } },
      { id: 'a1', message: { content: [{ text: '\ufffd' }] } },
    ])
    t.match(await transcript.totals(), { lastUserText: 'a 😀 \ufffd b' })
  })

  t.test('a lost place says why', async (t) => {
    const { replace, transcript } = await opened(t, chat('s1', 4))
    const newest = await transcript.page(page({}))
    const place = newest.entries[3]?.position ?? ''
    const cursor = newest.entries[1]?.position ?? ''
    await replace(KEY, chat('s1', 2))
    t.strictSame(await transcript.after(place, 'active', 9), { kind: 'lost', reason: 'truncated' })
    t.strictSame(
      ids(await transcript.page(page({ before: cursor }))),
      ['m1'],
      'a cursor into what is still there holds',
    )
    await replace(KEY, chat('s1', 6, 'other'))
    t.strictSame(await transcript.after(place, 'active', 9), { kind: 'lost', reason: 'rewritten' })
    await t.rejects(transcript.page(page({ before: cursor })), { code: 'cursor_gone' })
    t.strictSame(await transcript.after('nonsense', 'active', 9), {
      kind: 'lost',
      reason: 'unknown_position',
    })
  })

  t.test('sums are of every branch, the context of the active one', async (t) => {
    const text = new TranscriptText()
    const { append, transcript } = await opened(
      t,
      text.header('s1') +
        text.user('u1', 'one') +
        text.assistant('a1', 'abandoned', { input: 500 }),
    )
    await append(KEY, text.assistant('a2', 'taken', { parentId: 'u1', input: 200 }))
    await marked(transcript, 'all', 3)
    t.match(await transcript.totals(), {
      inputTokens: 700,
      outputTokens: 20,
      cacheRead: 10,
      cacheWrite: 2,
      totalTokens: 732,
      cost: 0.5,
      costSource: 'reported',
      contextTokens: 206,
      userMessages: 1,
      assistantMessages: 2,
      firstUserText: 'one',
      provider: 'mock',
      model: 'mock-1',
      workingDir: '/home/openclaw/work',
      lastStopReason: 'stop',
    })
    await append(KEY, text.compaction('c1'))
    await marked(transcript, 'all', 4)
    const compacted = await transcript.totals()
    t.equal(compacted.contextTokens, null, 'nothing is known of it right after a compaction')
    t.strictSame(
      compacted.compactions.map(({ id, tokensBefore }) => [id, tokensBefore]),
      [['c1', 900]],
    )
  })

  t.test('whoever listens hears of an append, until the signal', async (t) => {
    const { append, transcript } = await opened(t, chat('s1', 1))
    const end = new AbortController()
    const deadline = setTimeout(() => end.abort(), DEADLINE_MS)
    const heard = (async () => {
      for await (const _ of transcript.changes(end.signal))
        if ((await transcript.mark('all')).seq === 2) break
    })()
    await append(KEY, new TranscriptText().user('m2', 'two', { parentId: 'm1' }))
    await heard
    t.equal(end.signal.aborted, false, 'heard of it before giving up')
    clearTimeout(deadline)
    const ended = (async () => {
      for await (const _ of transcript.changes(end.signal));
    })()
    end.abort()
    await ended
  })

  t.test('a session reset has another transcript', async (t) => {
    const { put, store, transcript, view } = await opened(t, chat('s1', 3))
    const former = view.get(KEY).transcriptId
    const place = (await transcript.mark('active')).position
    await put({ key: KEY, sessionId: 's2' }, chat('s2', 5))
    await view.until('the reset', (view) => view.get(KEY).sessionId === 's2')
    t.not(view.get(KEY).transcriptId, former)
    const next = store.transcript(view.get(KEY))
    t.equal(next.sessionId, 's2')
    t.match(await next.mark('active'), { seq: 5 })
    t.strictSame(
      await next.after(place, 'active', 9),
      { kind: 'lost', reason: 'rewritten' },
      'equal ids of another session are another place',
    )
  })

  t.test('a session without a transcript has an empty one, until it is written', async (t) => {
    const { put, store, transcript, view } = await opened(t)
    t.match(await transcript.mark('active'), { seq: 0, bytes: 0, brokenLines: 0 })
    const empty = await transcript.page(page({}))
    t.match(empty, { entries: [], hasMore: false })
    t.match(await transcript.totals(), { totalTokens: 0, cost: 0, contextTokens: null })
    await put({ key: KEY, sessionId: 's1', label: 'written' }, chat('s1', 2))
    await view.until('the label', (view) => view.get(KEY).label === 'written')
    const written = store.transcript(view.get(KEY))
    t.match(
      await written.after(empty.end, 'active', 9),
      { entries: [{ id: 'm1' }, { id: 'm2' }] },
      'its empty start is a place',
    )
  })

  t.test('a session without an id has nothing to read', async (t) => {
    const { put, store } = await make(t)
    await put({ key: KEY, sessionId: null })
    const view = new StoreView(store)
    t.teardown(() => view.close())
    await view.until('the session', ({ sessions }) => sessions.has(KEY))
    t.match(view.get(KEY), { sessionId: null, transcriptId: null, transcriptProblem: null })
    const transcript = store.transcript(view.get(KEY))
    t.equal(transcript.sessionId, null)
    t.match(await transcript.page(page({})), { entries: [], hasMore: false })
    t.match(await transcript.after((await transcript.mark('all')).position, 'all', 1), {
      kind: 'entries',
    })
  })

  t.test('closing ends the changes, and may be done twice', async (t) => {
    const { store, view } = await opened(t, chat('s1', 1))
    await store.close()
    await view.ended()
    await store.close()
    t.equal(view.get(KEY).sessionId, 's1')
  })
}

function page(request: Partial<PageRequest>): PageRequest {
  return { branch: 'active', limit: 100, includeTools: false, ...request }
}

function before({ entries }: TranscriptPage): string {
  return entries[0]?.position ?? 'none'
}

function seqs({ entries }: TranscriptPage): number[] {
  return entries.map((entry) => entry.seq)
}

function ids({ entries }: TranscriptPage): (string | null)[] {
  return entries.map((entry) => entry.id)
}

/** What was appended is there at the next read; asking says so at once when it is not. */
async function marked(transcript: Transcript, branch: 'active' | 'all', seq: number) {
  const mark = await transcript.mark(branch)
  if (mark.seq !== seq) throw new Error(`${mark.seq} entries instead of ${seq}`)
}
