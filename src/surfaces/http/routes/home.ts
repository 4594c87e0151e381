import * as z from 'zod'
import { bare } from '../answer.js'
import { open } from '../operation.js'

/** Leads whoever opens the bare address of the service to `place`, relative so that it holds behind a proxy's path too. */
export const homeLeadingTo = (place: 'docs' | 'openapi.json') =>
  open({
    operationId: 'getHome',
    method: 'GET',
    path: '/',
    scope: 'public',
    internal: true,
    tag: 'Service',
    summary: 'Find the way in',
    description: 'Leads to the reference page, or to the description where that page is off.',
    responses: {
      302: { description: 'Where to go.', headers: z.object({ location: z.string() }) },
    },
    async handle() {
      return bare(302, { location: place, 'cache-control': 'no-cache' })
    },
  })
