import type { TrajectoryEvent, TrajectoryPage } from '../../../contract/trajectory.js'

const KEY = 'agent:main:main'
const SESSION_ID = '72500bd6-0840-4068-ae2c-d1bd63c64901'

const ENDED: TrajectoryEvent = {
  traceSchema: 'openclaw-trajectory',
  schemaVersion: 1,
  traceId: SESSION_ID,
  source: 'runtime',
  type: 'session.ended',
  ts: '2026-11-21T05:12:30.000Z',
  seq: 7,
  sourceSeq: 21,
  sessionId: SESSION_ID,
  sessionKey: KEY,
  runId: '84317347-c16d-4c0a-9d8d-0062c332b923',
  workspaceDir: '/srv/workspace',
  provider: 'mock',
  modelId: 'mock-1',
  modelApi: 'openai-completions',
  data: { status: 'success', aborted: false, timedOut: false },
}

export const EXAMPLE_TRAJECTORY: TrajectoryPage = {
  sessionKey: KEY,
  sessionId: SESSION_ID,
  source: 'runtime',
  events: [ENDED],
  hasMore: true,
  nextCursor: 'r60222-9f3a01bc',
  limitApplied: 1,
  brokenLines: 0,
}

const STARTED: TrajectoryEvent = {
  ...ENDED,
  type: 'session.started',
  ts: '2026-11-21T05:13:02.000Z',
  seq: 1,
  sourceSeq: 22,
  data: { trigger: 'user', toolCount: 19 },
}

export const EXAMPLE_TRAJECTORY_STREAM = [
  'retry: 1000\n\n',
  `id: r61734-77d2c410\nevent: trajectory\ndata: ${JSON.stringify(EXAMPLE_TRAJECTORY)}\n\n`,
  `id: r62410-1c0ffee5\nevent: progress\ndata: ${JSON.stringify({
    sessionKey: KEY,
    source: 'runtime',
    events: [STARTED],
  })}\n\n`,
].join('')
