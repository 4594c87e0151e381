import { ControlAnswer, ControlRequest, KillAnswer } from '../../../contract/control.js'
import { json, NO_STORE } from '../answer.js'
import { EXAMPLE_CONTROL, EXAMPLE_KILL, EXAMPLE_STOPPING } from '../openapi/examples.js'
import { guarded } from '../operation.js'

export const controlSession = guarded({
  operationId: 'controlSession',
  method: 'POST',
  path: '/api/sessions/{key}/control',
  scope: 'operator.write',
  repeatable: true,
  tag: 'Control',
  summary: 'Pause, resume, stop or kill a run',
  description:
    'The outcome is what was read back after the action, never what was asked for. `pause` holds the run at its next step, and new turns until `resume`; `stop` lets the step finish; `kill` aborts at once, sub-agents included.',
  body: ControlRequest,
  bodyExample: { action: 'pause', reason: 'looks stuck in a loop' },
  responses: {
    200: {
      description: 'Done, and seen to be so.',
      content: {
        'application/json': {
          schema: ControlAnswer,
          examples: { paused: { summary: 'Held at its next step', value: EXAMPLE_CONTROL } },
        },
      },
    },
    202: {
      description: 'Under way: the run ends or holds after its present step.',
      content: {
        'application/json': {
          schema: ControlAnswer,
          examples: { stopping: { summary: 'A step is still running', value: EXAMPLE_STOPPING } },
        },
      },
    },
  },
  errors: [
    'impossible_state',
    'superseded',
    'not_supported',
    'no_runtime',
    'control_unverified',
    'outside_grant',
  ],
  async handle({ manager, key, body, grant }) {
    const answer = await manager.control(key, body, grant)
    const underWay = answer.outcome === 'pausing' || answer.outcome === 'stopping'
    return json(answer, NO_STORE, underWay ? 202 : 200)
  },
})

export const killSession = guarded({
  operationId: 'killSession',
  method: 'POST',
  path: '/sessions/{key}/kill',
  longPath: '/api/sessions/{key}/kill',
  scope: 'operator.admin',
  repeatable: true,
  tag: 'Control',
  summary: 'Kill a run and its sub-agents',
  description:
    "OpenClaw's own kill route, made true for every kind of session. `killed` is false when nothing ran.",
  responses: {
    200: {
      description: 'What was read back.',
      content: {
        'application/json': {
          schema: KillAnswer,
          examples: { killed: { summary: 'A run and its sub-agent', value: EXAMPLE_KILL } },
        },
      },
    },
  },
  errors: ['not_supported', 'no_runtime', 'control_unverified', 'outside_grant'],
  async handle({ manager, key, grant }) {
    return json(await manager.kill(key, grant), NO_STORE)
  },
})
