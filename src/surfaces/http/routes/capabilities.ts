import { Capabilities } from '../../../contract/manager.js'
import { json } from '../answer.js'
import { EXAMPLE_CAPABILITIES } from '../openapi/examples.js'
import { guarded } from '../operation.js'

export const getCapabilities = guarded({
  operationId: 'getCapabilities',
  method: 'GET',
  path: '/api/capabilities',
  scope: 'operator.read',
  tag: 'Service',
  summary: 'Ask what this service can do',
  description:
    'Which stores are read and how well, which runtime can act on runs and what it can do, limits and protocol versions.',
  responses: {
    200: {
      description: 'The abilities of this service, as far as the token reaches.',
      content: {
        'application/json': {
          schema: Capabilities,
          examples: { embedded: { summary: 'A demo gateway', value: EXAMPLE_CAPABILITIES } },
        },
      },
    },
  },
  async handle({ manager, grant }) {
    return json(await manager.capabilities(grant))
  },
})
