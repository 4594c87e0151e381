import { BulkControlAnswer, BulkControlRequest } from '../../../contract/bulk.js'
import { json, NO_STORE } from '../answer.js'
import { EXAMPLE_BULK } from '../openapi/examples.js'
import { guarded } from '../operation.js'

export const controlSessions = guarded({
  operationId: 'controlSessions',
  method: 'POST',
  path: '/api/sessions/control',
  scope: 'operator.write',
  repeatable: true,
  tag: 'Control',
  summary: 'Control many sessions at once',
  description:
    'Up to 1,000 sessions, by their keys or by the filters of the list. Each is acted upon for itself and has its own result, in the order of the keys or of the list; a failure of one does not stop the others. `dryRun` says what would be asked for.',
  body: BulkControlRequest,
  bodyExample: {
    action: 'pause',
    reason: 'over the budget',
    filter: { agent: 'main', status: ['running'] },
    dryRun: true,
  },
  responses: {
    200: {
      description: 'What became of each; `failed` counts those that did not succeed.',
      content: {
        'application/json': {
          schema: BulkControlAnswer,
          examples: { two: { summary: 'One stopped, one is unknown', value: EXAMPLE_BULK } },
        },
      },
    },
  },
  errors: ['not_supported', 'no_runtime', 'sources_down'],
  async handle({ manager, body, grant }) {
    return json(await manager.controlMany(body, grant), NO_STORE)
  },
})
