import fc from 'fast-check'
import t from 'tap'
import { TrajectoryEvent } from '../../../../src/contract/trajectory.js'
import { readLine } from '../../../../src/stores/openclaw/format/line.js'
import {
  runtimeEvent,
  withoutReport,
} from '../../../../src/stores/openclaw/trajectory/runtime-event.js'
import { recorded, SESSION } from './recording-text.js'

const eventOf = (text: string) => {
  const line = readLine(text.trimEnd())
  if (line === null) throw new Error('no line')
  return runtimeEvent(line, SESSION)
}

t.test('a line of a recording is its event, whole', async (t) => {
  t.strictSame(eventOf(recorded(3)), JSON.parse(recorded(3)))
})

t.test('what is no event of this session', async (t) => {
  const table: [string, object, 'other' | null][] = [
    ['of another session', { sessionId: 'other' }, 'other'],
    ['of another schema', { traceSchema: 'x' }, null],
    ['of a later version', { schemaVersion: 2 }, null],
    ['told by a bundle', { source: 'transcript' }, null],
    ['without a type', { type: undefined }, null],
    ['without a time', { ts: 'yesterday' }, null],
    ['with a number for a time', { ts: 5 }, null],
    ['without a number', { seq: '1' }, null],
    ['with data that is a list', { data: [] }, null],
    ['with no session', { sessionId: null }, null],
  ]
  for (const [what, fields, wanted] of table)
    t.equal(eventOf(recorded(1, fields as Record<string, unknown>)), wanted, what)
})

t.test('whatever stands in the envelope, the contract holds', async () => {
  const fields = fc.record(
    {
      traceId: fc.jsonValue(),
      sourceSeq: fc.jsonValue(),
      sessionKey: fc.jsonValue(),
      runId: fc.jsonValue(),
      workspaceDir: fc.jsonValue(),
      provider: fc.jsonValue(),
      modelId: fc.jsonValue(),
      data: fc.jsonValue(),
      type: fc.jsonValue(),
      ts: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fields, (given) => {
      const event = eventOf(recorded(1, given))
      return event === null || event === 'other' || TrajectoryEvent.safeParse(event).success
    }),
  )
})

t.test('the report on the system prompt stays in the store', async (t) => {
  const event = JSON.parse(recorded(1))
  t.equal(withoutReport(event), event)
  const data = { prompting: { systemPromptReport: { chars: 1 }, skillsPrompt: 'x' }, model: 1 }
  t.strictSame(withoutReport({ ...event, data }).data, {
    prompting: { skillsPrompt: 'x' },
    model: 1,
  })
})
