import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { SessionManager } from '../../src/contract/manager.js'
import { ListQuery } from '../../src/contract/session.js'
import { createSessionManager } from '../../src/core/index.js'
import { createRunRegistry } from '../../src/runtimes/in-process/index.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { searches } from '../searches.js'
import { StateDir } from '../stores/openclaw/state-dir.js'
import { chat } from '../suites/transcript-text.js'
import { until } from '../until.js'

/** Two families of keys that differ in case only, in the prefix too, and one key without a twin. */
const KEYS = [
  'agent:main:matrix:channel:!room:srv',
  'agent:main:matrix:channel:!Room:srv',
  'agent:main:matrix:channel:!ROOM:srv',
  'agent:main:note',
  'AGENT:main:note',
  'agent:Main:NOTE',
  'agent:main:alone',
]
const NAMES = [...KEYS, 'agent:main:matrix:channel:!rOOm:srv', 'agent:main:Note', 'ALONE']

const WRITES = ['patch', 'delete', 'archive', 'compact', 'pause'] as const
type Write = (typeof WRITES)[number]

interface Asked {
  readonly write: Write
  readonly name: string
}

/** What a write changes of the session that it is for. */
const TOUCHES: Record<Write, { entry: boolean; transcript: boolean; removes: boolean }> = {
  patch: { entry: true, transcript: false, removes: false },
  delete: { entry: true, transcript: true, removes: true },
  archive: { entry: true, transcript: true, removes: true },
  compact: { entry: true, transcript: true, removes: false },
  pause: { entry: false, transcript: false, removes: false },
}

const fold = (key: string) => key.toLowerCase()
const idOf = (key: string) => `id-${KEYS.indexOf(key)}`

/** A state directory with these sessions, and a manager over it. */
async function open(entries: Readonly<Record<string, { updatedAt: number }>>) {
  const dir = new StateDir(await mkdtemp(join(tmpdir(), 'twins-')))
  for (const key of Object.keys(entries))
    await dir.transcript('main', `${idOf(key)}.jsonl`, chat(idOf(key), 8))
  const facts = Object.entries(entries).map(([key, fields]) => [
    key,
    { sessionId: idOf(key), ...fields },
  ])
  await dir.store('main', Object.fromEntries(facts))
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root, pollMs: 20 })
  const runtime = createRunRegistry()
  const manager = createSessionManager({ stores: [store], runtime, version: '0.0.0' })
  const listed = async () => {
    const { sessions } = (await manager.list(ListQuery.parse({}), FULL_GRANT)).page()
    return sessions.map(({ key }) => key).toSorted()
  }
  const close = async () => {
    await manager.close()
    await store.close()
    await runtime.close()
    await rm(dir.root, { recursive: true })
  }
  return { dir, manager, listed, close }
}

/** The entries of a store by key, and its transcripts with their archives by session id. */
async function look(dir: StateDir) {
  const folder = dir.file('main', '')
  const entries = JSON.parse(await readFile(join(folder, 'sessions.json'), 'utf8'))
  const transcripts = new Map<string, string>()
  for (const name of (await readdir(folder)).filter((one) => one.startsWith('id-')).sort()) {
    const [id = ''] = name.split('.')
    const text = `${name}\n${await readFile(join(folder, name), 'utf8')}`
    transcripts.set(id, (transcripts.get(id) ?? '') + text)
  }
  return { entries: new Map<string, unknown>(Object.entries(entries)), transcripts }
}

function differing(was: ReadonlyMap<string, unknown>, is: ReadonlyMap<string, unknown>): string[] {
  const text = (map: ReadonlyMap<string, unknown>, key: string) => JSON.stringify(map.get(key))
  const keys = new Set([...was.keys(), ...is.keys()])
  return [...keys].filter((key) => text(was, key) !== text(is, key))
}

/** Sessions as they should be: the rule of lookup in a few lines. */
class Expected {
  readonly present: Set<string>
  readonly #removed = new Set<string>()
  readonly #cut = new Set<string>()

  constructor(keys: readonly string[]) {
    this.present = new Set(keys)
  }

  /** The key that is meant, or the code of the refusal. A key that was removed does not mean its twin. */
  meantBy(name: string): string {
    const key = name.includes(':') ? name : `agent:main:${name}`
    if (this.present.has(key)) return key
    const alike = [...this.present].filter((one) => fold(one) === fold(key))
    const [only, ...others] = this.#removed.has(key) ? [] : alike
    if (only === undefined) return 'session_not_found'
    return others.length > 0 ? 'ambiguous_session' : only
  }

  /** Takes in that the write was done; returns what it has to have touched. */
  do(write: Write, meant: string) {
    const { entry, removes, transcript } = TOUCHES[write]
    const isNothing = !this.present.has(meant) || (write === 'compact' && this.#cut.has(meant))
    if (isNothing) return { entries: [], transcripts: [] }
    if (write === 'compact') this.#cut.add(meant)
    if (removes) this.present.delete(meant)
    if (removes) this.#removed.add(meant)
    return { entries: entry ? [meant] : [], transcripts: transcript ? [idOf(meant)] : [] }
  }
}

let labels = 0

async function perform(manager: SessionManager, { name, write }: Asked): Promise<void> {
  if (write === 'patch') await manager.patch(name, { label: `label ${labels++}` }, FULL_GRANT)
  else if (write === 'delete') await manager.delete(name, FULL_GRANT)
  else if (write === 'archive') await manager.archive(name, FULL_GRANT)
  else if (write === 'compact') await manager.compact(name, { maxLines: 3 }, FULL_GRANT)
  else {
    const paused = await manager.control(name, { action: 'pause' }, FULL_GRANT)
    await manager.control(paused.session, { action: 'resume' }, FULL_GRANT)
  }
}

async function check(keys: readonly string[], writes: readonly Asked[]): Promise<void> {
  // An hour ago: each write is newer.
  const updatedAt = Date.now() - 3_600_000
  const { close, dir, listed, manager } = await open(
    Object.fromEntries(keys.map((key) => [key, { updatedAt }])),
  )
  const expected = new Expected(keys)
  const allListed = async () => `${await listed()}` === `${[...expected.present].toSorted()}`
  try {
    if (!(await allListed())) throw new Error(`not all are listed: ${await listed()}`)
    for (const asked of writes) {
      const meant = expected.meantBy(asked.name)
      const was = await look(dir)
      const code = await perform(manager, asked).then(
        () => null,
        (error) => error.code,
      )
      if (code !== (expected.present.has(meant) ? null : meant))
        throw new Error(`${asked.write} ${asked.name}: ${code}, but it means ${meant}`)
      const is = await look(dir)
      const touched = {
        entries: differing(was.entries, is.entries),
        transcripts: differing(was.transcripts, is.transcripts),
      }
      if (JSON.stringify(touched) !== JSON.stringify(expected.do(asked.write, meant)))
        throw new Error(`${asked.write} ${asked.name} touched ${JSON.stringify(touched)}`)
      await until(allListed)
    }
  } finally {
    await close()
  }
}

t.test('of keys that differ in case only, each write touches the one that was found', async () => {
  const asked = fc.record({ write: fc.constantFrom(...WRITES), name: fc.constantFrom(...NAMES) })
  const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 6 })
  const writes = fc.array(asked, { minLength: 1, maxLength: 4 })
  await fc.assert(fc.asyncProperty(keys, writes, check), searches(40))
})

t.test('a cleanup removes the twin that is stale and leaves the other', async (t) => {
  const nowMs = Date.now()
  const [, , , fresh = '', stale = ''] = KEYS
  const { close, dir, listed, manager } = await open({
    [fresh]: { updatedAt: nowMs - 1000 },
    [stale]: { updatedAt: nowMs - 40 * 86_400_000 },
  })
  t.teardown(close)
  const request = { dryRun: false, enforce: true, fixDmScope: false, fixMissing: false }
  const was = await look(dir)
  await manager.cleanup(request, FULL_GRANT)
  const is = await look(dir)
  t.strictSame(differing(was.entries, is.entries), [stale])
  t.strictSame(differing(was.transcripts, is.transcripts), [idOf(stale)])
  await until(async () => `${await listed()}` === fresh)
})
