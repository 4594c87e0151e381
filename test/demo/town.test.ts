import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseKey } from '../../src/contract/key.js'
import { SHOWCASE_KEY, startDemoGateway } from '../../src/demo/index.js'
import { agentsIn, entriesOf, type linesOf, sessionsFolder, transcriptsIn } from './state-tree.js'
import { VirtualTimeline } from './virtual-timeline.js'

const START_MS = Date.UTC(2026, 10, 21, 6)

t.test('the first look is rich, and several runs are live before the first step', async (t) => {
  const demo = await startDemoGateway({
    stateDir: t.testdir(),
    timeline: new VirtualTimeline(START_MS),
  })
  const entries = entriesOf(demo.stateDir)
  const keys = Object.keys(entries)
  const kinds = new Set(keys.map((key) => parseKey(key).kind))
  const channels = new Set(keys.map((key) => entries[key]?.channel))
  const lines = [...transcriptsIn(demo.stateDir).values()].flat()

  t.ok(agentsIn(demo.stateDir).length >= 4)
  t.ok(keys.length >= 12)
  t.ok(keys.includes(SHOWCASE_KEY))
  for (const kind of ['chat', 'group', 'cron', 'webhook', 'subagent'])
    t.ok(kinds.has(kind as never))
  for (const channel of ['webchat', 'telegram', 'discord', 'slack']) t.ok(channels.has(channel))
  t.ok(
    keys.some((key) => parseKey(key).cronJobKey !== null),
    'a run of a cron job',
  )
  t.ok(keys.some((key) => key.includes(':topic:')))
  t.ok(lines.length > 400)
  t.ok(lines.some(({ type }) => type === 'compaction'))
  for (const status of ['running', 'done', 'failed', 'killed']) {
    t.ok(
      keys.some((key) => entries[key]?.status === status),
      `a session is ${status}`,
    )
  }

  const live = keys.filter((key) => demo.runtime.session(key)?.run != null)
  t.ok(live.length >= 3)
  t.ok(live.includes(SHOWCASE_KEY))
  for (const key of live) {
    const { sessionFile, status } = entries[key] ?? {}
    t.equal(status, 'running')
    const lock = JSON.parse(readFileSync(`${sessionFile}.lock`, 'utf8'))
    t.match(lock, { pid: process.pid, createdAt: String, maxHoldMs: 1_020_000 })
  }
  await demo.close()
})

t.test('a while of it keeps every rule of the format', async (t) => {
  const timeline = new VirtualTimeline(START_MS)
  const demo = await startDemoGateway({ stateDir: t.testdir(), timeline })
  await timeline.advance(500)
  const transcripts = transcriptsIn(demo.stateDir)

  for (const [path, lines] of transcripts) {
    const [header, ...rest] = lines
    t.match(header, { type: 'session', version: 3, cwd: /workspace/ })
    t.ok(path.includes(header?.id ?? '?'), 'the file is named after its session')
    checkChain(t, rest)
    t.equal(statSync(path).mode & 0o777, 0o600)
  }
  for (const agent of agentsIn(demo.stateDir)) {
    const path = join(sessionsFolder(demo.stateDir, agent), 'sessions.json')
    const text = readFileSync(path, 'utf8')
    t.equal(text, JSON.stringify(JSON.parse(text), null, 2), 'pretty, without a last newline')
    t.equal(statSync(path).mode & 0o777, 0o600)
  }
  for (const [key, entry] of Object.entries(entriesOf(demo.stateDir))) {
    t.ok(transcripts.has(String(entry.sessionFile)), `${key} has its transcript`)
    t.equal('endedAt' in entry, entry.status !== 'running', `${key}: an end exactly when it ended`)
    if (key.includes(':subagent:')) t.match(entry, { spawnedBy: /^agent:/, spawnDepth: 1 })
  }
  await demo.close()
})

/** Each line is the child of the line before it, but for the two children of an aborted answer; no id comes twice. */
function checkChain(t: Test, lines: ReturnType<typeof linesOf>): void {
  const ids = new Set<string>()
  let previous: string | null = null
  let before: string | null = null
  for (const line of lines) {
    if (!/^[0-9a-f]{8}$/.test(line.id) || ids.has(line.id)) t.fail(`id ${line.id}`)
    const sideBranch = line.customType === 'openclaw:prompt-error' && line.parentId === before
    if (line.parentId !== previous && !sideBranch) t.fail(`parent of ${line.id}`)
    ids.add(line.id)
    before = previous
    previous = line.id
  }
}
