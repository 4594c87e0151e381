import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import { DemoSession } from '../../src/demo/demo-session.js'
import { startDemoGateway } from '../../src/demo/index.js'
import { WREN } from '../../src/demo/models.js'
import { Random } from '../../src/demo/random.js'
import { StateFolder } from '../../src/demo/state-folder.js'
import { agentsIn, entriesOf, linesOf, sessionsFolder } from './state-tree.js'
import { VirtualTimeline } from './virtual-timeline.js'

const START_MS = Date.UTC(2026, 10, 21, 6)
/** What the town keeps of its sub-agents, hooks and cron runs, with some that are live. */
const MOST_SESSIONS = 11 + 3 + 3 * 6 + 16 + 8

t.test('there are always several live runs, and never too many sessions', async (t) => {
  const timeline = new VirtualTimeline(START_MS)
  const demo = await startDemoGateway({ stateDir: t.testdir(), timeline })
  const seen = new Set<string>()
  for (let n = 0; n < 40; n++) {
    await timeline.advance(40)
    const entries = entriesOf(demo.stateDir)
    const keys = Object.keys(entries)
    for (const key of keys) seen.add(key)
    const live = keys.filter((key) => demo.runtime.session(key)?.run != null)
    if (live.length < 3 || live.length > 10) t.fail(`${live.length} live runs`)
    if (keys.length > MOST_SESSIONS) t.fail(`${keys.length} sessions`)
  }
  const entries = entriesOf(demo.stateDir)
  t.ok(seen.size > Object.keys(entries).length, 'some have come and gone')
  const files = agentsIn(demo.stateDir).flatMap((agent) =>
    readdirSync(sessionsFolder(demo.stateDir, agent)).filter((name) => name.endsWith('.jsonl')),
  )
  t.equal(
    files.length,
    new Set(Object.values(entries).map(({ sessionFile }) => sessionFile)).size,
    'and took their transcripts with them',
  )
  await demo.close()
})

t.test('a session that is reset begins a new transcript and keeps one archive', async (t) => {
  const folder = await StateFolder.make(t.testdir())
  await folder.addAgent('main')
  const card = { key: 'agent:main:main', agent: 'main', model: WREN, facts: {} }
  const session = new DemoSession(card, folder, new Random('x'), START_MS)
  const first = session.file
  session.append({ type: 'label', name: 'x' }, START_MS)
  session.reset(START_MS + 1000)
  const archive = `${first}.reset.2026-11-21T06-00-01.000Z`
  t.notOk(existsSync(first))
  t.equal(linesOf(archive).at(-1)?.type, 'label')
  t.match(linesOf(session.file)[0], { type: 'session', id: session.sessionId })
  session.reset(START_MS + 2000)
  t.notOk(existsSync(archive), 'only the newest archive stays')
  const names = readdirSync(sessionsFolder(folder.root, 'main'))
  t.equal(names.length, 2)
})
