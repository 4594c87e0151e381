import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Folder } from '../../../src/stores/openclaw/directory/folder.js'
import { readEntry } from '../../../src/stores/openclaw/sessions-json/entry.js'
import { locate } from '../../../src/stores/openclaw/sessions-json/entry-transcript.js'

const ID = '72500bd6-0840-4068-ae2c-d1bd63c64901'
const OLD = 'db44cda0-a77e-429a-ada7-96d34af7ab90'
const OWN = 'agents/main/sessions'
const HERE = '/home/openclaw/.openclaw/agents/main/sessions'

/** Where an entry of `main` finds its transcript among these files; `shared` has the store file elsewhere. */
async function located(t: Test, entry: object, files: string[], own = OWN) {
  const root = t.testdir()
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true })
    await writeFile(join(root, file), '')
  }
  return look(root, entry, own)
}

async function look(root: string, entry: object, own = OWN) {
  const folders = new Map<string, Folder>()
  for (const dir of new Set([own, OWN, 'agents/work/sessions', 'sessions'])) {
    const folder = new Folder(join(root, dir), root)
    await folder.refresh({ names: new Set(), all: true, locks: false })
    folders.set(dir, folder)
  }
  const folder = (dir: string) => folders.get(dir) as Folder
  const parsed = readEntry('agent:main:x', entry, 'main')
  if (parsed === null) throw new Error('no entry')
  const { fault, file } = locate(parsed, {
    own: folder(own),
    folderOf: (agent) => folders.get(`agents/${agent}/sessions`) ?? null,
    legacy: folder('sessions'),
  })
  const path = file === null ? null : join(file.folder.dir, file.name).slice(root.length + 1)
  return { path, fault }
}

t.test('the documented order, first existing wins', async (t) => {
  const cases: [what: string, entry: object, files: string[], path: string][] = [
    [
      'the recorded file',
      { sessionId: ID, sessionFile: `${HERE}/${ID}-topic-42.jsonl` },
      [`${OWN}/${ID}-topic-42.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}-topic-42.jsonl`,
    ],
    [
      'a recorded file of a name of its own',
      { sessionId: ID, sessionFile: `${HERE}/custom.jsonl` },
      [`${OWN}/custom.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/custom.jsonl`,
    ],
    [
      'the id rather than a stale file',
      { sessionId: ID, sessionFile: `${HERE}/${OLD}.jsonl` },
      [`${OWN}/${OLD}.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}.jsonl`,
    ],
    [
      'a stale file where nothing else is',
      { sessionId: ID, sessionFile: `${HERE}/${OLD}.jsonl` },
      [`${OWN}/${OLD}.jsonl`, `sessions/${ID}.jsonl`],
      `${OWN}/${OLD}.jsonl`,
    ],
    [
      'the id where the recorded file is gone',
      { sessionId: ID, sessionFile: `${HERE}/custom.jsonl` },
      [`${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}.jsonl`,
    ],
    [
      'the folder of the oldest releases',
      { sessionId: ID },
      [`sessions/${ID}.jsonl`],
      `sessions/${ID}.jsonl`,
    ],
    [
      'a thread without a recorded file',
      { sessionId: ID },
      [`${OWN}/${ID}-topic-7.jsonl`],
      `${OWN}/${ID}-topic-7.jsonl`,
    ],
    [
      'a thread whose recorded file is another one that is gone',
      { sessionId: ID, sessionFile: `${HERE}/${ID}.jsonl` },
      [`${OWN}/${ID}-topic-7.jsonl`],
      `${OWN}/${ID}-topic-7.jsonl`,
    ],
    [
      'the thread of the last delivery rather than another one',
      { sessionId: ID, deliveryContext: { channel: 'telegram', threadId: 8 } },
      [`${OWN}/${ID}-topic-7.jsonl`, `${OWN}/${ID}-topic-8.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}-topic-8.jsonl`,
    ],
    [
      'the id rather than a thread that nobody names',
      { sessionId: ID },
      [`${OWN}/${ID}-topic-7.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}.jsonl`,
    ],
    [
      'a thread rather than a stale file',
      { sessionId: ID, sessionFile: `${HERE}/${OLD}.jsonl` },
      [`${OWN}/${OLD}.jsonl`, `${OWN}/${ID}-topic-7.jsonl`],
      `${OWN}/${ID}-topic-7.jsonl`,
    ],
    [
      'a thread whose name must be encoded',
      { sessionId: ID, lastThreadId: '$a/b:c' },
      [`${OWN}/${ID}-topic-%24a%2Fb%3Ac.jsonl`, `${OWN}/${ID}.jsonl`],
      `${OWN}/${ID}-topic-%24a%2Fb%3Ac.jsonl`,
    ],
    [
      'a name with the time before the id',
      { sessionId: ID },
      [`${OWN}/2026-11-21T04-18-27-809Z_${ID}.jsonl`],
      `${OWN}/2026-11-21T04-18-27-809Z_${ID}.jsonl`,
    ],
    [
      'a thread of an id that is no UUID',
      { sessionId: 'explicit-lab-1' },
      [`${OWN}/explicit-lab-1-topic-1700000000.000100.jsonl`],
      `${OWN}/explicit-lab-1-topic-1700000000.000100.jsonl`,
    ],
    [
      'a sibling agent, recorded on another machine',
      { sessionId: ID, sessionFile: '/mnt/x/agents/work/sessions/custom.jsonl' },
      ['agents/work/sessions/custom.jsonl', `${OWN}/custom.jsonl`],
      'agents/work/sessions/custom.jsonl',
    ],
    [
      'by base name when the recorded path is of another machine',
      { sessionId: ID, sessionFile: 'D:\\gateway\\renamed.jsonl' },
      [`${OWN}/renamed.jsonl`],
      `${OWN}/renamed.jsonl`,
    ],
    [
      'by base name when the recorded path climbs',
      { sessionId: ID, sessionFile: '../../../etc/renamed.jsonl' },
      [`${OWN}/renamed.jsonl`],
      `${OWN}/renamed.jsonl`,
    ],
  ]
  for (const [what, entry, files, path] of cases)
    t.strictSame(await located(t, entry, files), { path, fault: null }, what)
})

t.test("beside a shared store, transcripts are in the agent's folder", async (t) => {
  const found = await located(t, { sessionId: ID }, [`${OWN}/${ID}.jsonl`], 'shared')
  t.equal(found.path, `${OWN}/${ID}.jsonl`)
  const recorded = { sessionId: ID, sessionFile: '/old/place/custom.jsonl' }
  t.equal(
    (await located(t, recorded, [`${OWN}/custom.jsonl`], 'shared')).path,
    `${OWN}/custom.jsonl`,
  )
})

t.test('a transcript that is not there yet has a place', async (t) => {
  t.strictSame(await located(t, { sessionId: ID }, []), {
    path: `${OWN}/${ID}.jsonl`,
    fault: 'unwritten',
  })
  t.strictSame(await located(t, { sessionId: ID, sessionFile: `${HERE}/custom.jsonl` }, []), {
    path: `${OWN}/custom.jsonl`,
    fault: 'gone',
  })
})

t.test('nothing but a transcript is read, whatever an entry names', async (t) => {
  const files = [
    `${OWN}/sessions.json`,
    `${OWN}/${ID}.trajectory.jsonl`,
    `${OWN}/${ID}.checkpoint.26a38b5c.jsonl`,
    `${OWN}/${ID}.jsonl.lock`,
  ]
  for (const file of files) {
    const { path } = await located(t, { sessionId: ID, sessionFile: `/x/${file}` }, files)
    t.equal(path, `${OWN}/${ID}.jsonl`, file)
  }
  t.strictSame(await located(t, { sessionFile: `${HERE}/custom.jsonl` }, [`${OWN}/custom.jsonl`]), {
    path: null,
    fault: null,
  })
})

t.test('links and special files are refused', async (t) => {
  const root = t.testdir({ 'secret.jsonl': '{}', agents: { main: { sessions: {} } } })
  await symlink(join(root, 'secret.jsonl'), join(root, OWN, `${ID}.jsonl`))
  t.strictSame(await look(root, { sessionId: ID }), {
    path: null,
    fault: 'link',
  })
  await mkdir(join(root, OWN, 'folder.jsonl'))
  execFileSync('mkfifo', [join(root, OWN, 'pipe.jsonl')])
  for (const sessionId of ['folder', 'pipe'])
    t.strictSame(await look(root, { sessionId }), {
      path: null,
      fault: 'special',
    })
})

t.test('a folder that leads elsewhere is empty', async (t) => {
  const root = t.testdir({ outside: { [`${ID}.jsonl`]: '' }, state: { agents: { main: {} } } })
  await symlink(join(root, 'outside'), join(root, 'state', OWN))
  const state = join(root, 'state')
  const folder = new Folder(join(state, OWN), join(state, 'agents'))
  t.strictSame(await folder.refresh({ names: new Set(), all: true, locks: false }), new Set())
  t.equal(folder.kind(`${ID}.jsonl`), null)
  t.match(await folder.enter(), /symbolic link/)
  const named = { names: new Set([`${ID}.jsonl`]), all: false, locks: false }
  t.strictSame(await folder.refresh(named), new Set(), 'nor by name')
})
