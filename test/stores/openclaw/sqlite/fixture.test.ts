import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { decompress } from 'fzstd'
import Database from 'libsql'
import t, { type Test } from 'tap'
import type { StoredSession } from '../../../../src/contract/store.js'
import { openclawSqlite } from '../../../../src/stores/openclaw/index.js'
import { StoreView } from '../../../suites/store-view.js'

const STATE = fileURLToPath(new URL('../../../../fixtures/openclaw-2026.9.6', import.meta.url))
const AGENTS = ['main', 'research', 'retired']

// biome-ignore lint/suspicious/noExplicitAny: columns have every type
type Row = any
// biome-ignore lint/suspicious/noExplicitAny: events have every shape
type Event = any

const databaseOf = (agent: string) =>
  new Database(`file:${STATE}/agents/${agent}/agent/openclaw-agent.sqlite?immutable=1`)
const all = (database: Database.Database, sql: string, ...values: string[]) =>
  database.prepare(sql).all(...values) as Row[]

/** The rule of formats openclaw-sqlite §2.3 written down plainly: what history has of a session, as `[seq, role, id]`. */
function plainHistory(database: Database.Database, sessionId: string) {
  const rows = all(
    database,
    `SELECT e.event_json AS text, e.event_zstd AS packed FROM session_transcript_active_events a
     JOIN transcript_events e ON e.session_id = a.session_id AND e.seq = a.event_seq
     WHERE a.session_id = ? ORDER BY a.active_position`,
    sessionId,
  )
  const events: Event[] = rows.map(({ packed, text }) =>
    JSON.parse(text ?? Buffer.from(decompress(new Uint8Array(packed))).toString('utf8')),
  )
  const reset = events.findLastIndex(({ type }) => type === 'reset')
  const kept = events.findIndex(({ id }) => id === events[reset]?.firstKeptEntryId)
  const window = events.slice(kept === -1 ? Math.max(reset, 0) : kept)
  const visible = window.filter(
    ({ display, type }) =>
      ['message', 'reset', 'compaction'].includes(type) || (type === 'custom_message' && display),
  )
  return visible.flatMap((event, index) =>
    isDropped(event.message) ? [] : [[index + 1, event.message?.role ?? 'system', event.id]],
  )
}

function isDropped(message: Event): boolean {
  const text = message?.content?.[0]?.text ?? message?.content
  if (message?.role === 'assistant') return text === 'NO_REPLY'
  const { kind, sourceTool } = message?.provenance ?? {}
  return kind === 'internal_system'
    ? sourceTool === 'heartbeat' || sourceTool === 'background-task'
    : typeof text === 'string' && text.startsWith('<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>')
}

async function opened(t: Test) {
  const store = openclawSqlite({ stateDir: STATE, homeDir: STATE })
  const view = new StoreView(store)
  t.teardown(async () => {
    await view.close()
    await store.close()
  })
  await view.until('everything is read', ({ changes }) => changes.length > 0)
  return { store, view }
}

t.test(
  'every node but the tombstone is a session, and nothing is written beside the databases',
  async (t) => {
    const { view } = await opened(t)
    const keys = AGENTS.flatMap((agent) =>
      all(
        databaseOf(agent),
        'SELECT session_key AS k FROM session_nodes WHERE entry_valid >= 0',
      ).map(({ k }) => k),
    )
    t.equal(keys.length, 17)
    t.strictSame([...view.sessions.keys()].sort(), keys.sort())
    t.match(view.last, { configuredAgents: ['main', 'research'], defaultAgent: 'main' })
    t.strictSame(
      view.last.sources.map(({ id, message, status }) => [id, status, message]),
      [
        ['openclaw-sqlite:main', 'ok', '9 sessions read from SQLite.'],
        ['openclaw-sqlite:research', 'ok', '7 sessions read from SQLite.'],
        ['openclaw-sqlite:retired', 'ok', '1 session read from SQLite.'],
      ],
    )
    t.strictSame(await readdir(`${STATE}/agents/retired/agent`), ['openclaw-agent.sqlite'])
  },
)

t.test('rows have what columns, windows and entries say', async (t) => {
  const { view } = await opened(t)
  t.match(view.get('agent:main:telegram:group:-100200300'), {
    sessionId: '6fc75ca5-26e6-495d-9a2d-d06bf0a400c5',
    channel: 'telegram',
    label: 'Garden group',
    status: 'done',
    updatedAtMs: 1796072769432,
    startedAtMs: 1796072769180,
    endedAtMs: 1796072769340,
    runtimeMs: 160,
    model: 'mock-1',
    modelProvider: 'mock',
    contextWindow: 64000,
    contextTokens: 3403,
    lastRunCost: 0.0034270000000000004,
    spawnedBy: null,
    parentSessionKey: null,
    lock: null,
    transcriptProblem: null,
  })
  const child = 'agent:research:subagent:0823396d-37d8-4d15-9b25-862a8f7296aa'
  t.match(view.get(child), { spawnedBy: 'agent:research:main', label: 'child-64' })
  t.match(view.get('agent:main:dashboard:b3c341a7-479e-49e8-b64f-13cf47ef8e66'), {
    spawnedBy: null,
    parentSessionKey: 'agent:main:branched',
  })
  t.match(view.get('agent:main:stopped'), { status: 'killed', abortedLastRun: true })
  t.match(view.get('agent:research:cron:b95c5911-36d5-4d42-9868-c75288d74748'), {
    status: 'done',
    label: 'Automation: morning',
  })
  t.notMatch(JSON.stringify([...view.sessions.values()]), /skillsSnapshot|systemPromptReport/)
})

t.test('every history is what the tables say, in pages of every size', async (t) => {
  const { store, view } = await opened(t)
  for (const agent of AGENTS) {
    const database = databaseOf(agent)
    for (const session of [...view.sessions.values()].filter((one) => one.agent === agent)) {
      const expected = plainHistory(database, session.sessionId ?? '')
      t.ok(expected.length > 0)
      for (const limit of [1000, 3, 1])
        t.strictSame(await historyOf(store, session, limit), expected, `${session.key} by ${limit}`)
    }
  }
})

t.test('all lines are shown where the branch does not count', async (t) => {
  const { store, view } = await opened(t)
  const session = view.get('agent:main:branched')
  const transcript = store.transcript(session)
  t.equal((await transcript.mark('active')).seq, 4)
  t.equal((await transcript.mark('all')).seq, 8)
  const { entries } = await transcript.page({ branch: 'all', limit: 9, includeTools: true })
  t.equal(entries.length, 8)
})

t.test('sums are of each paid event once, packed ones too', async (t) => {
  const { store, view } = await opened(t)
  for (const key of ['agent:main:branched', 'agent:main:long', 'agent:main:compacted']) {
    const database = databaseOf('main')
    const rows = all(
      database,
      `SELECT DISTINCT i.event_id AS id, e.event_json AS text, e.event_zstd AS packed FROM session_windows w
       JOIN transcript_event_identities i ON i.session_id = w.session_id
       JOIN transcript_events e ON e.session_id = i.session_id AND e.seq = i.seq
       WHERE w.session_key = ? AND i.event_type = 'message'`,
      key,
    )
    const events = new Map(
      rows.map(({ id, packed, text }) => [
        id,
        JSON.parse(text ?? Buffer.from(decompress(new Uint8Array(packed))).toString('utf8')),
      ]),
    )
    let cost = 0
    for (const { message } of events.values()) cost += message.usage?.cost?.total ?? 0
    const totals = await store.transcript(view.get(key)).totals()
    t.equal(totals.cost?.toFixed(6), cost.toFixed(6), key)
    t.ok(cost > 0)
  }
})

async function historyOf(
  store: ReturnType<typeof openclawSqlite>,
  session: StoredSession,
  limit: number,
) {
  const found: unknown[] = []
  let before: string | undefined
  for (;;) {
    const { entries, hasMore } = await store.transcript(session).page({
      branch: 'active',
      limit,
      includeTools: true,
      ...(before === undefined ? {} : { before }),
    })
    found.unshift(...entries.map(({ id, message, seq }) => [seq, message.role, id]))
    if (!hasMore) return found
    before = entries[0]?.position
  }
}
