import type { AuditPage } from '../../../contract/audit.js'
import type { LoginAnswer, TicketAnswer } from '../../../contract/auth.js'
import type { BulkControlAnswer } from '../../../contract/bulk.js'
import type { ControlAnswer, KillAnswer } from '../../../contract/control.js'
import type { Diagnosis } from '../../../contract/diagnosis.js'
import type { HistoryPage } from '../../../contract/history.js'
import type { Capabilities } from '../../../contract/manager.js'
import type { Message } from '../../../contract/message.js'
import type {
  Session,
  SessionDetail,
  SessionList,
  SourceStatus,
} from '../../../contract/session.js'

const KEY = 'agent:main:main'
const SESSION_ID = '72500bd6-0840-4068-ae2c-d1bd63c64901'
const NOW = '2026-11-21T05:12:30.000Z'

const SOURCE: SourceStatus = {
  id: 'openclaw-files:main',
  source: 'gateway',
  status: 'ok',
  message: 'Read in full.',
  sessions: 1,
}

const SESSION: Session = {
  id: SESSION_ID,
  key: KEY,
  sessionId: SESSION_ID,
  agent: 'main',
  kind: 'chat',
  channel: 'webchat',
  displayName: 'webchat:g-agent-main-main',
  label: null,
  model: 'mock/mock-1',
  modelProvider: 'mock',
  contextTokens: 14014,
  contextWindow: 64000,
  contextPct: 22,
  contextFresh: true,
  tokens: '14k/64k (22%)',
  inputTokens: 41520,
  outputTokens: 910,
  cacheRead: 17515,
  cacheWrite: 0,
  totalTokens: 59945,
  totalCost: 0.0469,
  costSource: 'reported',
  age: '0m',
  startTime: 1795234707,
  lastActivity: 1795237949,
  updatedAt: '2026-11-21T05:12:29.000Z',
  status: 'running',
  statusReason: 'Run r1 is live in this process.',
  active: true,
  flags: ['main'],
  source: 'gateway',
  spawnedBy: null,
  childSessions: [],
  startedAt: '2026-11-21T05:12:20.000Z',
  endedAt: null,
  runtimeMs: null,
  userMessages: null,
  assistantMessages: null,
  toolUses: null,
  estimatedCost: null,
  lastUserPrompt: null,
  workingDir: null,
}

export const EXAMPLE_LIST: SessionList = {
  sessions: [SESSION],
  count: 1,
  totalCount: 1,
  limitApplied: 50,
  hasMore: false,
  nextCursor: null,
  snapshotAt: NOW,
  eventId: 'q1wXQm3rR0a8y4ZtVgB7uA',
  sources: [SOURCE],
}

export const EXAMPLE_DETAIL: SessionDetail = {
  session: SESSION,
  children: [],
  inheritedCost: 0,
  compactions: [
    { id: '27be1971', at: '2026-11-21T04:30:00.000Z', tokensBefore: 13949, tokensAfter: null },
  ],
  transcript: { bytes: 20480, messages: 12, position: '12-9f3a01bc', brokenLines: 0 },
  previousTranscripts: [
    {
      sessionId: 'b72cd74e-cb9b-4a7d-9cc1-8b9feeaac971',
      startedAt: '2026-11-20T09:14:02.000Z',
      endedAt: '2026-11-21T04:26:06.320Z',
      reason: 'reset',
      bytes: 8192,
    },
  ],
}

const MESSAGE: Message = {
  role: 'user',
  content: 'How far are we?',
  timestamp: 1795237949000,
  __openclaw: { id: '430dc88f', seq: 12, recordTimestampMs: 1795237949004 },
}

export const EXAMPLE_PAGE: HistoryPage = {
  sessionKey: KEY,
  sessionId: SESSION_ID,
  messages: [MESSAGE],
  hasMore: true,
  nextCursor: '12-9f3a01bc',
  limitApplied: 1,
}

const APPENDED: Message = {
  role: 'assistant',
  content: [{ type: 'text', text: 'Nearly done.' }],
  timestamp: 1795237951000,
  __openclaw: { id: '5c0d1e2f', seq: 13, recordTimestampMs: 1795237951002 },
}

export const EXAMPLE_STREAM = [
  'retry: 1000\n\n',
  `id: 12-9f3a01bc\nevent: history\ndata: ${JSON.stringify(EXAMPLE_PAGE)}\n\n`,
  `id: 13-77d2c410\nevent: message\ndata: ${JSON.stringify({
    sessionKey: KEY,
    message: APPENDED,
    messageId: '5c0d1e2f',
    messageSeq: 13,
  })}\n\n`,
].join('')

export const EXAMPLE_CONTROL: ControlAnswer = {
  success: true,
  action: 'pause',
  session: KEY,
  outcome: 'paused',
  runId: 'r1',
  verifiedAt: NOW,
}

export const EXAMPLE_STOPPING: ControlAnswer = {
  ...EXAMPLE_CONTROL,
  action: 'stop',
  outcome: 'stopping',
}

export const EXAMPLE_KILL: KillAnswer = {
  ok: true,
  killed: true,
  outcome: 'killed',
  killedSessions: [KEY, 'agent:main:subagent:0b82bedc-3de6-4851-9e08-b11d775bb861'],
}

export const EXAMPLE_CAPABILITIES: Capabilities = {
  name: 'openclaw-sessions-api',
  version: '0.1.0',
  stores: [SOURCE],
  runtime: { id: 'demo', status: 'ok', message: 'Runs of this process.' },
  controls: ['pause', 'resume', 'stop', 'kill'],
  notes: {},
  previousTranscripts: true,
  limits: { listLimit: 1000, historyLimit: 1000 },
  protocols: { ws: [3, 4] },
}

export const EXAMPLE_LOGIN: LoginAnswer = {
  ok: true,
  role: 'operator.write',
  csrfToken: 'Zk0yX3E5b1l2',
  expiresAt: '2026-11-28T05:12:30.000Z',
}

export const EXAMPLE_TICKET: TicketAnswer = {
  ticket: 'eyJpIjoiMSJ9.c2lnbmF0dXJl',
  expiresAt: '2026-11-21T05:13:30.000Z',
}

export const EXAMPLE_BULK: BulkControlAnswer = {
  success: false,
  action: 'stop',
  dryRun: false,
  count: 2,
  failed: 1,
  results: [
    {
      session: KEY,
      ok: true,
      outcome: 'stopped',
      runId: 'r1',
      verifiedAt: NOW,
      error: null,
    },
    {
      session: 'agent:main:gone',
      ok: false,
      outcome: null,
      runId: null,
      verifiedAt: null,
      error: {
        code: 'session_not_found',
        message: 'Session not found: agent:main:gone',
        retryable: false,
      },
    },
  ],
}

export const EXAMPLE_DIAGNOSIS: Diagnosis = {
  session: KEY,
  status: 'stuck',
  summary:
    'The store says running since 2026-11-21T04:50:00.000Z, but process 22510, which held the transcript lock, is dead.',
  findings: [
    {
      about: 'store',
      level: 'ok',
      text: 'The store says that a run is live since 2026-11-21T04:50:00.000Z.',
    },
    {
      about: 'lock',
      level: 'problem',
      text: 'Process 22510 took the transcript lock since 2026-11-21T04:50:01.000Z and is dead, so the lock is left over.',
    },
  ],
  advice: [
    'Nothing runs here, whatever the store says: the next turn or a restart of its gateway writes the true state. Nothing has to be killed.',
  ],
  checkedAt: NOW,
}

export const EXAMPLE_AUDIT: AuditPage = {
  entries: [
    {
      id: '1795237950000-9f3a01bc.12',
      at: NOW,
      token: 'anna',
      tokenId: 'k3v9x2m1',
      action: 'pause',
      session: KEY,
      outcome: 'paused',
      ok: true,
      runId: 'r1',
      reason: 'looks stuck in a loop',
      bulk: false,
      actionId: 'Qm9vNzYx',
    },
    {
      id: '1795237950000-9f3a01bc.11',
      at: NOW,
      token: 'anna',
      tokenId: 'k3v9x2m1',
      action: 'pause',
      session: KEY,
      outcome: 'asked',
      ok: null,
      runId: null,
      reason: 'looks stuck in a loop',
      bulk: false,
      actionId: 'Qm9vNzYx',
    },
  ],
  count: 2,
  limitApplied: 100,
  hasMore: false,
  nextCursor: null,
}

export const EXAMPLE_METRICS = [
  '# HELP sessions_api_followers Followers of sessions, over every surface.',
  '# TYPE sessions_api_followers gauge',
  'sessions_api_followers 12',
  '',
  '# HELP sessions_api_rows Sessions that are kept.',
  '# TYPE sessions_api_rows gauge',
  'sessions_api_rows 10000',
  '',
].join('\n')
