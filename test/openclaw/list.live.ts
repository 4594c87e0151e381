import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runProcess as run } from '../cli/process.js'
import { configure, messyDirectory } from './messy-directory.js'
import { jsonOf, openclawCli } from './openclaw-cli.js'
import { testedRelease } from './release.js'

const release = testedRelease()
if (release.version !== '2026.5.28') {
  t.pass('its list has other fields')
  process.exit(0)
}

type Row = Readonly<Record<string, unknown>> & { readonly key: string; readonly sessionId?: string }

interface List extends Readonly<Record<string, unknown>> {
  readonly sessions: readonly Row[]
}

const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
const stateDir = join(home, '.openclaw')
await messyDirectory(stateDir)
await configure(stateDir, {})
const openclaw = openclawCli(release, home)
const own = ['--state-dir', stateDir, '--data-dir', join(home, 'data')]

async function bothLists(...words: string[]): Promise<[ours: List, theirs: List]> {
  const said = await run(['list', '--json', ...words, ...own])
  if (said.code !== 0) throw new Error(said.err)
  const theirs = jsonOf(await openclaw('sessions', 'list', '--json', ...words))
  return [JSON.parse(said.out), theirs as List]
}

/** The same here and there, where a row has it there. */
const SAME = ['key', 'updatedAt', 'sessionId', 'agentId', 'kind']
/** Switches and internals of the gateway that are not kept here; `show` and `diagnose` tell what is known of a session. */
const THEIRS_ONLY = [
  ...['systemSent', 'thinkingLevel', 'verboseLevel', 'traceLevel', 'reasoningLevel'],
  ...['elevatedLevel', 'responseUsage', 'groupActivation', 'providerOverride', 'modelOverride'],
  ...['acpRuntime', 'agentRuntime', 'runtimePolicySessionKey'],
]
/** Compared one by one below, with the reason. */
const WITH_REASON = [
  ...['ageMs', 'abortedLastRun', 'inputTokens', 'outputTokens', 'totalTokens'],
  ...['totalTokensFresh', 'model', 'modelProvider', 'contextTokens'],
]

const [ours, theirs] = await bothLists('--all-agents', '--limit', 'all')
const ownRows = new Map(ours.sessions.map((row) => [row.key, row]))
const pairs = theirs.sessions.flatMap((row): [Row, Row][] => {
  const own = ownRows.get(row.key)
  return own === undefined ? [] : [[own, row]]
})

t.test('around the rows', async (t) => {
  const { count, sessions, totalCount, ...rest } = theirs
  const { count: ownCount, sessions: ownSessions, totalCount: ownTotal, ...ownRest } = ours
  t.strictSame(ownRest, rest)
  t.strictSame(Object.keys(ours), Object.keys(theirs), 'in the same order')
  t.strictSame([ownCount, ownTotal], [ownSessions.length, ownSessions.length])
  t.strictSame([count, totalCount], [sessions.length, sessions.length])
})

t.test('a session is listed once, also where several keys lead to it', async (t) => {
  const missing = theirs.sessions.filter(({ key }) => !ownRows.has(key))
  const listed = ours.sessions.map(({ sessionId }) => sessionId)
  t.strictSame(missing.map(({ key }) => key).sort(), [
    'agent:main:cron:cee3a247-e39c-4fc6-9f31-c0a7617f7edd:run:c22a2976-2b57-47f6-83de-a804ed22ed21',
    'agent:messy:shared:one',
  ])
  for (const { sessionId } of missing) t.ok(listed.includes(sessionId))
  t.equal(pairs.length, ours.sessions.length, 'and nothing else is listed here')
})

t.test('in the same order', async (t) => {
  const keys = pairs.map(([own]) => own.key)
  t.strictSame(
    ours.sessions.map(({ key }) => key),
    keys,
  )
})

t.test('fields of a row', async (t) => {
  const known = new Set([...SAME, ...THEIRS_ONLY, ...WITH_REASON])
  for (const [own, row] of pairs) {
    for (const field of Object.keys(row)) t.ok(known.has(field), `${field} is looked at`)
    for (const field of SAME) t.strictSame(own[field], row[field], `${field} of ${row.key}`)
    for (const field of THEIRS_ONLY) t.notOk(field in own, `${field} of ${row.key}`)
    // Its time goes on between the two.
    t.ok(isNear(own.ageMs, row.ageMs), `age of ${row.key}`)
    // Never left out here.
    t.equal(own.abortedLastRun, row.abortedLastRun ?? false, `abort of ${row.key}`)
  }
})

t.test('tokens are of the whole session, there of its last run', async (t) => {
  for (const [own, row] of pairs)
    for (const field of ['inputTokens', 'outputTokens'])
      t.ok(Number(own[field] ?? 0) >= Number(row[field] ?? 0), `${field} of ${row.key}`)
  const of = (rows: readonly Row[]) => rows.find(({ key }) => key === 'agent:main:main')
  t.match(of(theirs.sessions), { inputTokens: 7468, outputTokens: 25 })
  t.match(of(ours.sessions), { inputTokens: 162612, outputTokens: 2598 })
})

t.test(
  'the context is read from the transcript, there from what the store remembers',
  async (t) => {
    const different = pairs.filter(([own, row]) => own.totalTokens !== row.totalTokens)
    t.strictSame(different.map(([own]) => own.key).sort(), [
      // The store has the last run but one.
      'agent:research:main',
      // The store never had any: its run was aborted.
      'agent:research:subagent:92dafcc7-994b-4a21-bb90-253bc7c22725',
    ])
    for (const [own, row] of pairs)
      if (own.totalTokens === row.totalTokens)
        t.equal(own.totalTokensFresh, row.totalTokensFresh, `freshness of ${row.key}`)
  },
)

t.test('a model that is not known is not guessed', async (t) => {
  for (const [own, row] of pairs) {
    // A row that never ran gets the model that the gateway would take today, and a window of that.
    const isGuessed = own.model === undefined
    if (isGuessed) t.match(row, { model: 'gpt-5.5', modelProvider: 'openai' }, row.key)
    else
      for (const field of ['model', 'modelProvider', 'contextTokens'])
        t.strictSame(own[field], row[field], `${field} of ${row.key}`)
    if (isGuessed) t.equal(own.contextTokens, null)
  }
})

const FILTERS = [
  ['--agent', 'research'],
  ['--agent', 'research', '--limit', '3'],
  ['--agent', 'research', '--active', '10'],
  ['--store', join(stateDir, 'agents/research/sessions/sessions.json'), '--limit', '2'],
  [],
]

for (const words of FILTERS)
  t.test(`list ${words.join(' ').replace(stateDir, '~')}`, async (t) => {
    const [ours, theirs] = await bothLists(...words)
    const keys = ({ sessions }: List) => sessions.map(({ key }) => key)
    // Of the main agent one cron run is not listed twice.
    const isTwice = (key: string) => key.includes(':run:')
    t.strictSame(
      keys(ours),
      keys(theirs).filter((key) => !isTwice(key)),
    )
    const counted = keys(theirs).some(isTwice) ? 1 : 0
    const { count, sessions: _, totalCount, ...rest } = theirs
    const { count: ownCount, sessions: _own, totalCount: ownTotal, ...ownRest } = ours
    t.strictSame(ownRest, rest)
    t.strictSame([ownCount, ownTotal], [Number(count) - counted, Number(totalCount) - counted])
  })

const NEAR_MS = 60_000

function isNear(one: unknown, other: unknown): boolean {
  return one === other || Math.abs(Number(one) - Number(other)) < NEAR_MS
}

t.test(
  'a default agent without sessions: an empty list there, the agents that have some here',
  async (t) => {
    const empty = join(home, 'empty')
    await cp(join(stateDir, 'agents/research'), join(empty, '.openclaw/agents/research'), {
      recursive: true,
    })
    await configure(join(empty, '.openclaw'), {})
    const theirs = jsonOf(await openclawCli(release, empty)('sessions', 'list', '--json'))
    t.match(theirs, { count: 0, sessions: [] })
    const flags = ['--state-dir', join(empty, '.openclaw'), '--data-dir', join(home, 'data')]
    const own = await run(['list', '--json', ...flags])
    t.match(own, {
      code: 1,
      out: '',
      err: /There is no agent main in .* Agents with sessions: research\. /,
    })
  },
)
