import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Store } from '../../../src/contract/store.js'
import type { PageRequest } from '../../../src/contract/transcript.js'
import { open, StateDir } from './state-dir.js'

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url))
const EVERYTHING: PageRequest = { branch: 'all', limit: 1000, includeTools: true }

async function opened(t: Test, release: string) {
  const { store, view } = open(t, join(fixtures, release))
  await view.until('everything is read', () => true)
  return { store, view }
}

async function entriesOf(store: Store, session: Parameters<Store['transcript']>[0]) {
  return (await store.transcript(session).page(EVERYTHING)).entries
}

t.test('2026.4.21', async (t) => {
  const { store, view } = await opened(t, 'openclaw-2026.4.21')

  t.strictSame(view.last.sources, [
    {
      id: 'openclaw-files:main',
      source: 'gateway',
      status: 'ok',
      message: '8 sessions read. 1 session has no transcript yet.',
      sessions: 8,
    },
    {
      id: 'openclaw-files:work',
      source: 'gateway',
      status: 'ok',
      message: '3 sessions read.',
      sessions: 3,
    },
  ])
  t.match(view.last, { defaultAgent: 'main', mainKey: 'main', configuredAgents: null })
  t.equal(view.changes.length, 1)

  t.strictSame(view.get('agent:main:subagent:0b82bedc-3de6-4851-9e08-b11d775bb861'), {
    key: 'agent:main:subagent:0b82bedc-3de6-4851-9e08-b11d775bb861',
    agent: 'main',
    sessionId: '3114cc9d-a924-45bc-9c7f-9ffb4695945d',
    transcriptId:
      '3114cc9d-a924-45bc-9c7f-9ffb4695945d:agents/main/sessions/3114cc9d-a924-45bc-9c7f-9ffb4695945d.jsonl',
    transcriptProblem: null,
    updatedAtMs: 1795235071829,
    sessionStartedAtMs: null,
    lastInteractionAtMs: null,
    status: 'done',
    startedAtMs: 1795235064105,
    endedAtMs: 1795235067286,
    runtimeMs: 102,
    abortedLastRun: false,
    lock: null,
    chatType: null,
    channel: 'webchat',
    displayName: null,
    label: 'mychild',
    subject: null,
    groupChannel: null,
    groupId: null,
    space: null,
    originLabel: null,
    modelProvider: 'mock',
    model: 'mock-1',
    contextWindow: 64000,
    contextTokens: 7485,
    lastRunCost: 0.0059011,
    inputTokens: 5614,
    outputTokens: 25,
    cacheRead: 1871,
    cacheWrite: 0,
    compactions: [],
    spawnedBy: 'agent:main:main',
    parentSessionKey: null,
    workingDir: '/home/openclaw/.openclaw/workspace',
    sendPolicy: null,
  })

  t.test('compactions are those of the entry', async (t) => {
    t.match(view.get('agent:main:locktest').compactions, [
      {
        id: '3c8050d7-6108-4093-b372-510231ef0c66',
        at: new Date(1795236274695).toISOString(),
        tokensBefore: 50176,
        tokensAfter: 162,
      },
    ])
  })

  t.test('the reset session opens, whose file has another name', async (t) => {
    const entries = await entriesOf(store, view.get('agent:work:slack:channel:c0ffee'))
    t.strictSame(
      entries.map(({ id }) => id),
      ['4f2cd8d7', '9c750ee1'],
    )
  })

  t.test('an entry without a transcript has an empty page', async (t) => {
    const session = view.get('agent:main:newbypatch')
    t.equal(session.transcriptProblem, null, 'it names none')
    t.strictSame(await entriesOf(store, session), [])
  })

  t.test('stored as running, but nobody holds its lock', async (t) => {
    t.match(view.get('agent:main:locktest'), { status: 'running', lock: null })
  })

  t.test('a cron job and its run are of one transcript', async (t) => {
    const job = 'agent:main:cron:cee3a247-e39c-4fc6-9f31-c0a7617f7edd'
    const run = `${job}:run:c22a2976-2b57-47f6-83de-a804ed22ed21`
    t.equal(view.get(job).transcriptId, view.get(run).transcriptId)
    t.equal(store.transcript(view.get(job)), store.transcript(view.get(run)))
  })

  t.test('cumulative sums hold what was cut, and each entry once', async (t) => {
    // Summed over the lines of the fixture by a program of its own.
    const expected = {
      'agent:work:main': { cost: 0.032154, totalTokens: 41196, inputTokens: 30846 },
      'agent:main:locktest': { cost: 0.0110966, totalTokens: 13889, inputTokens: 10340 },
      'agent:main:main': { cost: 0.1784237, totalTokens: 219407, inputTokens: 162612 },
    }
    for (const [key, { cost, ...tokens }] of Object.entries(expected)) {
      const totals = await store.transcript(view.get(key)).totals()
      t.match(totals, { ...tokens, costSource: 'reported' }, key)
      t.equal(totals.cost?.toFixed(7), cost.toFixed(7), key)
    }
  })
})

t.test('2026.5.28', async (t) => {
  const { store, view } = await opened(t, 'openclaw-2026.5.28')
  t.equal(view.sessions.size, 9)
  t.match(view.last.sources, [
    {
      id: 'openclaw-files:research',
      status: 'ok',
      message:
        '9 sessions read. 1 transcript is gone: restore it, or remove the entry with `openclaw-sessions cleanup --fix-missing`.',
      sessions: 9,
    },
  ])
  t.match(view.get('agent:research:main'), {
    sessionStartedAtMs: 1795237571476,
    lastInteractionAtMs: 1795238026201,
  })
  t.match(view.get('agent:research:dashboard:1f7432c9-aa34-4c87-a561-0346ea7229cd').compactions, [
    { tokensBefore: 16566, tokensAfter: null },
    {},
  ])

  t.test('a session id need not be a UUID', async (t) => {
    const session = view.get('agent:research:explicit:explicit-lab-1')
    t.equal(session.transcriptId, 'explicit-lab-1:agents/research/sessions/explicit-lab-1.jsonl')
    t.equal((await entriesOf(store, session)).length, 2)
  })

  t.test('a transcript that a crash lost is gone, and its page empty', async (t) => {
    const session = view.get('agent:research:crash2')
    t.match(session, { status: 'failed', abortedLastRun: true })
    t.match(session.transcriptProblem, /^The transcript that the entry names is gone: restore it/)
    t.strictSame(await entriesOf(store, session), [])
  })
})

t.test('every entry of every fixture is told, and nothing private', async (t) => {
  for (const release of ['openclaw-2026.4.21', 'openclaw-2026.5.28']) {
    const { view } = await opened(t, release)
    const keys: string[] = []
    for (const agent of await readdir(join(fixtures, release, 'agents'))) {
      const file = new StateDir(join(fixtures, release)).file(agent, 'sessions.json')
      keys.push(...Object.keys(JSON.parse(await readFile(file, 'utf8'))))
    }
    t.strictSame([...view.sessions.keys()].sort(), keys.sort())
    const told = JSON.stringify(view.changes)
    for (const private_ of [
      'skillsSnapshot',
      'systemPromptReport',
      'sessionFile',
      'bootstrapMaxChars',
    ])
      t.notOk(told.includes(private_), private_)
  }
})

t.test('a copied state directory is read where it is, not where it was', async (t) => {
  const copy = t.testdir()
  await cp(join(fixtures, 'openclaw-2026.4.21'), copy, { recursive: true })
  const { store, view } = open(t, copy)
  await view.until('everything is read', () => true)
  const session = view.get('agent:main:telegram:group:-100200300:topic:42')
  const before = (await store.transcript(session).mark('all')).seq
  await new StateDir(copy).append(
    'main',
    'ab71988f-c540-4cb9-af77-fb4966c602c0.jsonl',
    '{"type":"message","id":"new","message":{"role":"user","content":"hi"}}\n',
  )
  t.equal((await store.transcript(session).mark('all')).seq, before + 1)
})
