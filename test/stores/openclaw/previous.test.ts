import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { OpenClawFilesStore } from '../../../src/stores/openclaw/store.js'
import type { StoreView } from '../../suites/store-view.js'
import { chat } from '../../suites/transcript-text.js'
import { open, stateDir } from './state-dir.js'

const FIXTURES = join(import.meta.dirname, '../../../fixtures')
const KEY = 'agent:main:main'
const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
const at = (hour: number) => `2026-11-2${hour}T04-26-05.526Z`

async function previous(store: OpenClawFilesStore, view: StoreView, key = KEY) {
  await view.until('it is told', ({ sessions }) => sessions.has(key))
  const found = await store.previousTranscripts(view.get(key))
  return found.map(({ reason, sessionId }) => [sessionId, reason])
}

t.test('real archives of a gateway', async (t) => {
  const { store, view } = open(t, join(FIXTURES, 'openclaw-2026.4.21'))
  const slack = 'agent:work:slack:channel:c0ffee'
  t.strictSame(await previous(store, view, slack), [
    ['db44cda0-a77e-429a-ada7-96d34af7ab90', 'reset'],
  ])
  const [found] = await store.previousTranscripts(view.get(slack))
  t.match(found, {
    startedAt: '2026-11-21T04:24:23.127Z',
    endedAt: '2026-11-21T04:26:05.526Z',
  })
  if (found === undefined) throw new Error('nothing was found')
  const request = { branch: 'active', limit: 10, includeTools: true } as const
  const page = await store.transcript(found.stored).page(request)
  t.strictSame(
    page.entries.map(({ message }) => message.role),
    ['user', 'assistant'],
  )
  const work = await previous(store, view, 'agent:work:main')
  t.strictSame(work, [['2c308ab7-2e72-41e7-ba67-aaaae6c8c448.bak.2026-11-21T04-26-02.009Z', 'cut']])
  for (const key of view.sessions.keys())
    if (!key.startsWith('agent:work')) t.strictSame(await previous(store, view, key), [], key)
})

t.test('what is known of a session by its names, and nothing else', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', {
    [KEY]: { sessionId: id(3), usageFamilySessionIds: [id(1), id(2), id(3), id(5)] },
    'agent:main:other': { sessionId: id(5) },
  })
  const text = (n: number) => chat(id(n), 2)
  await dir.transcript('main', `${id(3)}.jsonl`, text(3))
  await dir.transcript('main', `${id(1)}.jsonl.reset.${at(1)}`, text(1))
  await dir.transcript('main', `${id(2)}-topic-7.jsonl.deleted.${at(2)}`, text(2))
  await dir.transcript('main', `${id(3)}.jsonl.bak.${at(3)}`, text(3))
  await dir.transcript('main', `${id(3)}.jsonl.bak.${at(4)}`, text(3))
  await dir.transcript('main', `${id(2)}.jsonl`, text(2))
  await dir.transcript('main', `${id(3)}-topic-8.jsonl`, text(3))
  // Of others: a listed session, nobody that is known, and what is no transcript.
  await dir.transcript('main', `${id(5)}.jsonl.reset.${at(1)}`, text(5))
  await dir.transcript('main', `${id(6)}.jsonl.reset.${at(1)}`, text(6))
  await dir.transcript('main', `${id(3)}.trajectory.jsonl.deleted.${at(1)}`, text(3))
  await dir.write('elsewhere.jsonl', text(1))
  await symlink(`${dir.root}/elsewhere.jsonl`, dir.file('main', `${id(1)}.jsonl.reset.${at(5)}`))
  const { store, view } = open(t, dir.root)
  const found = await previous(store, view)
  t.strictSame(found.map(([one]) => one).sort(), [
    id(1),
    id(2),
    `${id(2)}-topic-7.deleted.${at(2)}`,
    `${id(3)}-topic-8`,
    `${id(3)}.bak.${at(3)}`,
    `${id(3)}.bak.${at(4)}`,
  ])
  t.strictSame([...new Set(found.map(([, reason]) => reason))].sort(), [
    'cut',
    'deleted',
    'replaced',
    'reset',
    'thread',
  ])
})

t.test('an id that a session was seen to give up', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { [KEY]: { sessionId: id(1) } })
  await dir.transcript('main', `${id(1)}.jsonl`, chat(id(1), 1))
  const { store, view } = open(t, dir.root)
  t.strictSame(await previous(store, view), [])
  await dir.transcript('main', `${id(1)}.jsonl.reset.${at(1)}`, chat(id(1), 1))
  await dir.store('main', { [KEY]: { sessionId: id(2) } })
  await view.until('it is another', ({ sessions }) => sessions.get(KEY)?.sessionId === id(2))
  t.strictSame((await previous(store, view)).sort(), [
    [id(1), 'replaced'],
    [`${id(1)}.reset.${at(1)}`, 'reset'],
  ])
})
