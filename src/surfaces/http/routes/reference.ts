import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { send } from '@fastify/send'
import * as z from 'zod'
import { SessionsError } from '../../../errors.js'
import { type Answer, type AnswerHeaders, prepared } from '../answer.js'
import { open, type PublicCall } from '../operation.js'

/** The scripts of the page; the build puts them beside this folder. */
const ASSETS = fileURLToPath(new URL('../docs/', import.meta.url))

/** No script but our own files; the viewer sets its styles inline. Nothing is loaded from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PUBLIC: AnswerHeaders = { 'cache-control': 'no-cache' }

export const getDocument = open({
  operationId: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  scope: 'public',
  tag: 'Service',
  summary: 'Read this description',
  description: 'OpenAPI 3.1 of the routes as they are mounted here.',
  responses: {
    200: {
      description: 'The OpenAPI document.',
      content: {
        'application/json': {
          schema: z.looseObject({ openapi: z.string() }).meta({ id: 'OpenApiDocument' }),
          examples: { document: { summary: 'Its first line', value: { openapi: '3.1.0' } } },
        },
      },
    },
  },
  async handle({ document }) {
    return prepared(document(), PUBLIC)
  },
})

const Page = z.string().meta({ id: 'ReferencePage' })

export const getReference = open({
  operationId: 'getReference',
  method: 'GET',
  path: '/docs',
  scope: 'public',
  tag: 'Service',
  summary: 'Open the reference page',
  description:
    'An interactive page of this description, which can try each operation with a token.',
  responses: {
    200: {
      description: 'The page.',
      content: {
        'text/html': {
          schema: Page,
          examples: { page: { summary: 'Its first line', value: '<!doctype html>' } },
        },
      },
    },
  },
  async handle() {
    return page('.')
  },
})

export const getReferenceFile = open({
  operationId: 'getReferenceFile',
  method: 'GET',
  path: '/docs/{file}',
  scope: 'public',
  internal: true,
  tag: 'Service',
  summary: 'Load a file of the reference page',
  description: 'The script of the reference page and its licence.',
  responses: { 200: { description: 'The file.' } },
  async handle(call) {
    return call.parameter === '' ? page('..') : file(call)
  },
})

function page(root: string): Answer {
  return {
    kind: 'body',
    status: 200,
    headers: {
      ...PUBLIC,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
    },
    body: referencePage(root),
  }
}

/** The library wants a request for its conditional headers only; ours is not touched by it. */
async function file({ parameter, method, headers }: PublicCall<unknown, unknown>): Promise<Answer> {
  const request = Object.assign(Readable.from([]), { method, headers })
  const found = await send(request, parameter, { root: ASSETS, index: false, maxAge: '1d' })
  if (found.type === 'file')
    return { kind: 'body', status: found.statusCode, headers: found.headers, body: found.stream }
  found.stream.destroy()
  throw new SessionsError('route_not_found', 'The reference page has no such file.')
}

/**
 * The reference page. `root` leads from the page to the mount (`.` or `..`): relative, so that it holds under a prefix
 * and behind a proxy that strips one.
 */
function referencePage(root: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sessions API</title>
    <script type="module" src="${root}/docs/rapidoc-min.js"></script>
  </head>
  <body>
    <rapi-doc
      spec-url="${root}/openapi.json"
      render-style="read"
      load-fonts="false"
      allow-server-selection="false"
      allow-spec-url-load="false"
      allow-spec-file-load="false"
      persist-auth="false"
      schema-description-expanded="true"
      show-method-in-nav-bar="as-colored-text"
    ></rapi-doc>
  </body>
</html>
`
}
