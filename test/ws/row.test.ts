import t from 'tap'
import type { Session } from '../../src/contract/session.js'
import { gatewayRow } from '../../src/surfaces/ws/row.js'

const SESSION: Session = {
  id: 's1',
  key: 'agent:main:main',
  sessionId: 's1',
  agent: 'main',
  kind: 'chat',
  channel: null,
  displayName: null,
  label: null,
  model: 'mock/mock-1',
  modelProvider: 'mock',
  contextTokens: 14014,
  contextWindow: 64000,
  contextPct: 22,
  contextFresh: true,
  tokens: '14k/64k (22%)',
  inputTokens: 20818,
  outputTokens: 60,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 20878,
  totalCost: 0.2072,
  costSource: 'reported',
  age: null,
  startTime: null,
  lastActivity: null,
  updatedAt: '2026-11-21T05:00:00.000Z',
  status: 'done',
  statusReason: 'The store says so.',
  active: false,
  flags: [],
  source: 'gateway',
  spawnedBy: null,
  childSessions: [],
  startedAt: '2026-11-21T04:59:00.000Z',
  endedAt: '2026-11-21T05:00:00.000Z',
  runtimeMs: 60_000,
  userMessages: 1,
  assistantMessages: 1,
  toolUses: 0,
  estimatedCost: null,
  lastUserPrompt: null,
  workingDir: null,
}

t.test('words of OpenClaw mean what they mean there', async (t) => {
  t.same(gatewayRow(SESSION), {
    key: 'agent:main:main',
    kind: 'direct',
    updatedAt: Date.UTC(2026, 10, 21, 5),
    sessionId: 's1',
    agentId: 'main',
    abortedLastRun: false,
    inputTokens: 20818,
    outputTokens: 60,
    totalTokens: 14014,
    totalTokensFresh: true,
    contextTokens: 64000,
    estimatedCostUsd: 0.2072,
    status: 'done',
    hasActiveRun: false,
    startedAt: Date.UTC(2026, 10, 21, 4, 59),
    endedAt: Date.UTC(2026, 10, 21, 5),
    runtimeMs: 60_000,
    modelProvider: 'mock',
    model: 'mock-1',
    state: 'done',
    statusReason: 'The store says so.',
    flags: [],
  })
})

t.test('kinds', async (t) => {
  for (const [key, kind, expected] of [
    ['agent:main:discord:group:1', 'group', 'group'],
    ['agent:main:slack:channel:c0', 'group', 'group'],
    ['agent:main:main', 'group', 'group'],
    ['agent:main:subagent:1', 'subagent', 'direct'],
    ['agent:main:cron:1', 'cron', 'direct'],
    ['global', 'other', 'global'],
    ['unknown', 'other', 'unknown'],
  ] as const)
    t.equal(gatewayRow({ ...SESSION, key, kind }).kind, expected, key)
})

t.test('a status is one that OpenClaw has, or absent', async (t) => {
  for (const [status, expected] of [
    ['running', 'running'],
    ['pausing', 'running'],
    ['stopping', 'running'],
    ['killed', 'killed'],
    ['timeout', 'timeout'],
    ['idle', undefined],
    ['stuck', undefined],
    ['unknown', undefined],
    ['paused', undefined],
  ] as const) {
    const row = gatewayRow({ ...SESSION, status })
    t.equal(row.status, expected, status)
    t.equal(row.state, status)
    t.equal(row.hasActiveRun, expected === 'running')
  }
  const held = gatewayRow({ ...SESSION, status: 'paused', endedAt: null })
  t.match(held, { status: 'running', hasActiveRun: true }, 'a run that is held at its step')
})

t.test('flags become fields', async (t) => {
  const flags = ['aborted-last-run', 'send-denied']
  t.match(gatewayRow({ ...SESSION, flags }), { abortedLastRun: true, sendPolicy: 'deny' })
})
