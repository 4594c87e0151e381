import { appendFileSync, existsSync } from 'node:fs'
import { chmod, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import t from 'tap'
import { openclawFiles } from '../../../../src/stores/openclaw/index.js'
import { lockStore, lockTranscript } from '../../../../src/stores/openclaw/writing/file-lock.js'
import { storeWritesSuite } from '../../../suites/store-writes.js'
import { chat, TranscriptText } from '../../../suites/transcript-text.js'
import { open, type StateDir, stateDir } from '../state-dir.js'

const KEY = 'agent:main:main'

/** What stands in a store now; nothing before it is there. */
async function entriesOf(dir: StateDir, agent: string): Promise<Record<string, object>> {
  const path = dir.file(agent, 'sessions.json')
  return existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : {}
}

storeWritesSuite(t, 'a state directory', async (t) => {
  const dir = stateDir(t)
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root, pollMs: 50 })
  t.teardown(() => store.close())
  return {
    store,
    async put({ key, label, sessionId, updatedAtMs }, transcript) {
      const agent = key.split(':')[1] ?? ''
      if (transcript !== undefined) await dir.transcript(agent, `${sessionId}.jsonl`, transcript)
      const entry = { sessionId: sessionId ?? undefined, label, updatedAt: updatedAtMs }
      await dir.store(agent, { ...(await entriesOf(dir, agent)), [key]: entry })
    },
    archive: (name) => readFile(dir.file('main', name), 'utf8'),
  }
})

/** A store as no gateway would write it, with what `JSON.parse` and `JSON.stringify` would not keep. */
const STRANGE = `{
  "agent:main:main":   { "sessionId":"s1", "big": 12345678901234567890, "updatedAt": 1, "x": {"__proto__": [1e400]} },
  "AGENT:Main:Other": {
    "sessionId": "s2",\t"emoji": "\\ud83d\\ude00", "twice": 1, "twice": 2
  },
  "not a session": [1, 2,   3],
  "42": {"sessionId": "s42"}
}`

t.test('what is not meant stays byte for byte', async (t) => {
  const dir = stateDir(t)
  await dir.write('agents/main/sessions/sessions.json', STRANGE)
  const { store, view } = open(t, dir.root)
  await view.until('all is told', ({ sessions }) => sessions.size === 3)
  const text = () => readFile(dir.file('main', 'sessions.json'), 'utf8')
  t.equal(await store.patch(view.get('agent:main:42'), { label: 'L' }), true)
  const patched = await text()
  for (const piece of STRANGE.split(/^ {2}(?=")/m).slice(1, 4))
    t.ok(patched.includes(piece.trimEnd()), piece)
  t.match(JSON.parse(patched)['42'], { sessionId: 's42', label: 'L', updatedAt: Number })
  await store.putAway(view.get('agent:main:42'), 'deleted')
  t.notMatch(await text(), /42/)
  await store.putAway(view.get('AGENT:Main:Other'), 'deleted')
  t.notMatch(await text(), /Other/, 'as it is spelled')
  await store.patch(view.get(KEY), { label: 'New' })
  const own = await text()
  for (const piece of ['"big": 12345678901234567890', '"x": {"__proto__": [1e400]}', '[1, 2,   3]'])
    t.ok(own.includes(piece), piece)
  t.same(await readdir(dirname(dir.file('main', 'x'))), ['sessions.json'], 'nothing stays behind')
})

t.test('a store that is none is not changed', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  const { store, view } = open(t, dir.root)
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  for (const text of ['{"agent:main:main": {"sessionId"', 'null', '[]']) {
    await writeFile(dir.file('main', 'sessions.json'), text)
    await t.rejects(store.patch(view.get(KEY), { label: 'L' }), {
      code: 'unavailable',
      message: /^The session store of main is not valid JSON.*Nothing was changed\.$/,
    })
    t.equal(await readFile(dir.file('main', 'sessions.json'), 'utf8'), text)
  }
})

t.test('a store or transcript that somebody holds is left alone', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  await dir.transcript('main', 's1.jsonl', chat('s1', 9))
  const { store, view } = open(t, dir.root, { lockTimeoutMs: 0 })
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  const session = view.get(KEY)
  const before = await readFile(dir.file('main', 'sessions.json'), 'utf8')
  const held = new RegExp(`stays locked by process ${process.pid}: .* Nothing was changed\\.$`)
  const lock = await lockStore(dir.file('main', 'sessions.json'))
  await t.rejects(store.patch(session, { label: 'L' }), { code: 'unavailable', message: held })
  await t.rejects(store.putAway(session, 'deleted'), { code: 'unavailable', message: held })
  await lock.release()
  const run = await lockTranscript(dir.file('main', 's1.jsonl'))
  await t.rejects(store.compact(session, { maxLines: 3 }), { code: 'unavailable', message: held })
  await t.rejects(store.putAway(session, 'deleted'), { code: 'unavailable', message: held })
  t.equal((await store.inventories())[0]?.entries[0]?.locked, true)
  await run.release()
  t.equal(await readFile(dir.file('main', 'sessions.json'), 'utf8'), before)
  t.equal(await readFile(dir.file('main', 's1.jsonl'), 'utf8'), chat('s1', 9))
})

t.test('a cut keeps all lines but those that hung below what is gone, byte for byte', async (t) => {
  const dir = stateDir(t)
  const odd = `{"type":"message","id":"odd","parentId":"m3",  "n": 12345678901234567890,"message":{"role":"user","content":"\\u00e9"}}`
  const next = `{"type":"message",  "id":"next","parentId":"odd","message":{"role":"user","content":"x"}}\r`
  const torn = '{"type":"message","id":"to'
  await dir.store('main', {
    [KEY]: { sessionId: 's1', totalTokens: 9, inputTokens: 4, model: 'm', updatedAt: 5 },
  })
  await dir.transcript('main', 's1.jsonl', `${chat('s1', 3)}\n${odd}\n${next}\n${torn}`)
  await chmod(dir.file('main', 's1.jsonl'), 0o640)
  const { store, view } = open(t, dir.root)
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  t.match(await store.compact(view.get(KEY), { maxLines: 4 }), { compacted: true, kept: 4 })
  const [header, first, ...rest] = (await readFile(dir.file('main', 's1.jsonl'), 'utf8')).split(
    '\n',
  )
  t.equal(header, chat('s1', 3).split('\n')[0])
  t.equal(first, odd.replace('"parentId":"m3",  "n"', '"parentId": null,"n"').replace(', ', ','))
  t.strictSame(rest, [next, torn])
  const entry = (await entriesOf(dir, 'main'))[KEY]
  t.match(entry, { sessionId: 's1', model: 'm', updatedAt: Number })
  t.notMatch(entry, { totalTokens: Number })
  t.notMatch(entry, { inputTokens: Number })
})

t.test('a cut keeps what is whole in damaged and in huge lines', async (t) => {
  const dir = stateDir(t)
  const text = new TranscriptText()
  const header = text.header('s1')
  const gone = text.user('gone', 'x') + text.user('gone too', 'y')
  const padded = `${'\0'.repeat(500)}${text.user('m1', 'one').trimEnd()}${'\0'.repeat(500)}\n`
  const glued = `{"type":"message","id":"to${text.user('m2', 'two')}`
  const huge = text.user('m3', 'z'.repeat(9_000_000))
  const last = text.user('m4', 'four')
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  await dir.transcript('main', 's1.jsonl', header + gone + padded + glued + huge + last)
  const { store, view } = open(t, dir.root)
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  t.match(await store.compact(view.get(KEY), { maxLines: 5 }), { compacted: true, kept: 5 })
  const { entries } = await store
    .transcript(view.get(KEY))
    .page({ branch: 'active', limit: 9, includeTools: true })
  t.strictSame(
    entries.map(({ id }) => id),
    ['m1', 'm2', 'm3', 'm4'],
  )
  const after = await readFile(dir.file('main', 's1.jsonl'), 'utf8')
  t.notOk(after.includes('\0'))
  t.ok(after.endsWith(glued + huge + last), 'what need not be written anew is as it was')
})

t.test('a transcript that lost its header gets one', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  const lines = chat('s1', 6).split('\n').slice(1).join('\n')
  await dir.transcript('main', 's1.jsonl', lines)
  const { store, view } = open(t, dir.root)
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  t.match(await store.compact(view.get(KEY), { maxLines: 3 }), { kept: 3 })
  const [header = '', ...rest] = (await readFile(dir.file('main', 's1.jsonl'), 'utf8')).split('\n')
  t.match(JSON.parse(header), { type: 'session', version: 3, id: 's1' })
  t.equal(rest.length, 3)
})

t.test('a link is neither cut nor put away', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  await dir.write('elsewhere.jsonl', chat('s1', 9))
  await symlink(`${dir.root}/elsewhere.jsonl`, dir.file('main', 's1.jsonl'))
  const { store, view } = open(t, dir.root)
  await view.until('told', ({ sessions }) => sessions.has(KEY))
  t.match(await store.compact(view.get(KEY), { maxLines: 3 }), { compacted: false })
  t.strictSame(await store.putAway(view.get(KEY), 'deleted'), [])
  t.equal(await readFile(`${dir.root}/elsewhere.jsonl`, 'utf8'), chat('s1', 9))
})

t.test('a file that moved on since it was seen is not erased', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: 's1' } })
  const busy = '00000000-0000-4000-8000-000000000001.jsonl'
  const old = '00000000-0000-4000-8000-000000000002.jsonl'
  for (const name of [old, busy]) await dir.transcript('main', name, chat('x', 1))
  const { store } = open(t, dir.root)
  const [inventory] = await store.inventories()
  const done = await store.maintain(inventory?.id ?? '', ({ files }) => {
    t.strictSame(files.map(({ kind, name }) => [name, kind]).sort(), [
      [busy, 'transcript'],
      [old, 'transcript'],
      ['sessions.json', 'store'],
    ])
    const erase = files.filter(({ kind }) => kind === 'transcript').map(({ name }) => name)
    appendFileSync(dir.file('main', busy), '{}\n')
    return { remove: [], archive: [], erase: [...erase, '../../../openclaw.json'] }
  })
  t.strictSame(done.erased, [old])
  t.equal(existsSync(dir.file('main', busy)), true)
})

t.test(
  'a session that is put away leaves nothing behind that a later cleanup erases',
  async (t) => {
    const dir = stateDir(t)
    const [id, kept] = [
      '00000000-0000-4000-8000-000000000001',
      '00000000-0000-4000-8000-000000000002',
    ]
    await dir.store('main', { [KEY]: { sessionId: id }, 'agent:main:kept': { sessionId: kept } })
    const names = [`${id}-topic-7.jsonl`, `${id}-topic-8.jsonl`, `${id}.jsonl`]
    for (const name of names) await dir.transcript('main', name, chat(name, 1))
    await dir.transcript('main', `${kept}-topic-7.jsonl`, chat(kept, 1))
    const { store, view } = open(t, dir.root)
    await view.until('it is told', ({ sessions }) => sessions.has(KEY))
    const archives = (await store.putAway(view.get(KEY), 'deleted')) ?? []
    t.strictSame(archives.map((name) => name.replace(/\.deleted\..*/, '')).sort(), names.sort())
    t.equal(existsSync(dir.file('main', `${kept}-topic-7.jsonl`)), true)
  },
)
