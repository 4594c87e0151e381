import { Diagnosis } from '../../../contract/diagnosis.js'
import { json } from '../answer.js'
import { EXAMPLE_DIAGNOSIS } from '../openapi/examples.js'
import { guarded } from '../operation.js'

export const diagnoseSessionRoute = guarded({
  operationId: 'diagnoseSession',
  method: 'GET',
  path: '/api/sessions/{key}/diagnose',
  scope: 'operator.read',
  tag: 'Sessions',
  summary: 'Explain the state of a session',
  description:
    'What is known of it from its store, transcript, lock and runtime, as sentences, and what to do.',
  responses: {
    200: {
      description: 'The evidence and the advice.',
      content: {
        'application/json': {
          schema: Diagnosis,
          examples: {
            stuck: { summary: 'A ghost that only the store knows', value: EXAMPLE_DIAGNOSIS },
          },
        },
      },
    },
  },
  async handle({ manager, key, grant }) {
    return json(await manager.diagnose(key, grant))
  },
})
