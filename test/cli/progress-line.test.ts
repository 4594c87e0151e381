import t from 'tap'
import type { TrajectoryEvent } from '../../src/contract/trajectory.js'
import { progressLine } from '../../src/surfaces/cli/progress-line.js'

const KEY = 'agent:main:main'

const event = (fields: Partial<TrajectoryEvent>): TrajectoryEvent => ({
  traceSchema: 'openclaw-trajectory',
  schemaVersion: 1,
  traceId: 's1',
  source: 'runtime',
  type: 'x',
  ts: '2026-11-21T05:08:06.999Z',
  seq: 1,
  sessionId: 's1',
  ...fields,
})

const NOW = Date.parse('2026-11-21T23:59:59.999Z')

const textOf = (fields: Partial<TrajectoryEvent>) => progressLine(KEY, event(fields), NOW).slice(57)

t.test('the columns of `openclaw sessions tail`', async (t) => {
  t.equal(
    progressLine(KEY, event({ type: 'prompt.submitted' }), NOW),
    '05:08:06 prompt.submitted agent:main:main                prompt submitted',
  )
  t.equal(
    progressLine('agent:work:slack:channel:c0ff33', event({ type: 'trace.artifacts' }), NOW),
    '05:08:06 trace.artifacts  agent:work:slack:channel:c0ff33',
    'a key can be pasted',
  )
  t.equal(progressLine(KEY, event({ ts: 'never' }), NOW).slice(0, 8), '--:--:--')
  for (const [ts, time] of [
    ['2026-11-21T00:00:00.000Z', '00:00:00 x'],
    ['2026-11-20T23:59:59.999Z', '2026-11-20 23:59:59 x'],
    ['2025-11-21T05:08:06.000Z', '2025-11-21 05:08:06 x'],
    ['2026-11-22T00:00:00.000Z', '2026-11-22 00:00:00 x'],
  ] as const)
    t.ok(progressLine(KEY, event({ ts }), NOW).startsWith(time), ts)
})

t.test('what is said of each event', async (t) => {
  const model = { type: 'model.completed', provider: 'mock', modelId: 'm' }
  const table: [Partial<TrajectoryEvent>, string][] = [
    [{ type: 'session.started' }, 'session started'],
    [{ type: 'context.compiled', data: { tools: [1, 2] } }, 'context compiled (2 tools)'],
    [{ type: 'context.compiled' }, 'context compiled'],
    [{ type: 'prompt.skipped', data: { reason: 'empty' } }, 'prompt skipped: empty'],
    [{ type: 'tool.call', data: { name: 'exec' } }, 'exec {...redacted...}'],
    [{ type: 'tool.call' }, 'tool {...redacted...}'],
    [{ type: 'tool.timeout', data: { toolName: 'exec' } }, 'exec timeout'],
    [{ type: 'tool.result', data: { name: 'exec', success: true } }, 'exec ok'],
    [{ type: 'tool.result', data: { name: 'exec', isError: true } }, 'exec error'],
    [{ type: 'tool.result', data: { name: 'exec' } }, 'exec done'],
    [model, 'mock/m done'],
    [{ ...model, data: { aborted: true } }, 'mock/m aborted'],
    [{ ...model, data: { timedOut: true, aborted: true } }, 'mock/m timeout'],
    [{ ...model, data: { promptError: 'secret' } }, 'mock/m error'],
    [{ type: 'model.completed', modelId: 'm' }, 'm done'],
    [{ type: 'model.completed' }, 'done'],
    [{ type: 'session.ended', data: { status: 'error' } }, 'error'],
    [{ type: 'session.ended' }, 'ended'],
    [{ type: 'trace.truncated' }, 'trajectory truncated'],
    [{ type: 'unknown', data: { text: 'secret' } }, ''],
    [
      { source: 'transcript', type: 'user.message', data: { message: 'secret' } },
      'prompt submitted',
    ],
    [
      {
        source: 'transcript',
        type: 'assistant.message',
        data: { message: { stopReason: 'error' } },
      },
      'error',
    ],
    [{ source: 'transcript', type: 'tool.result', data: { isError: false } }, 'tool ok'],
    [{ source: 'transcript', type: 'session.compaction' }, 'context summarised'],
    [{ source: 'transcript', type: 'message.custom', data: { message: 'secret' } }, ''],
  ]
  for (const [fields, text] of table) t.equal(textOf(fields), text, JSON.stringify(fields))
})

t.test('a hostile recording does not reach the terminal', async (t) => {
  const evil = '\u001b[2Jx\nnew line'
  const line = progressLine(evil, event({ type: evil, data: { status: evil } }))
  for (const control of ['\u001b', '\n']) t.notOk(line.includes(control))
})
