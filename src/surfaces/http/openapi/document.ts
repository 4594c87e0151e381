import * as z from 'zod'
import {
  createDocument,
  createSchema,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
} from 'zod-openapi'
import { FollowEvent } from '../../../contract/event.js'
import { SessionKey } from '../../../contract/key.js'
import { LiveEvent } from '../../../contract/live-event.js'
import { TrajectoryFollowEvent } from '../../../contract/trajectory.js'
import { parseJson } from '../../../system/well-formed.js'
import type { Operation, ResponseFacts } from '../operation.js'
import { ALL_OPERATIONS } from '../operations.js'
import { RepeatHeaders, ReplayHeaders } from '../repeat.js'
import { pathsOf } from '../route-table.js'
import { errorResponses } from './error-responses.js'
import { SECURITY_SCHEMES, securityOf } from './security.js'
import { showWire } from './wire-schema.js'

export interface DocumentOptions {
  readonly shortPaths: boolean
  /** Where the routes are mounted. */
  readonly prefix: string
  readonly version: string
}

const TAGS = [
  { name: 'Sessions', description: 'What sessions there are, and how they are.' },
  { name: 'History', description: 'What was said in a session, page by page or as it happens.' },
  { name: 'Events', description: 'Everything that changes, in one stream.' },
  { name: 'Control', description: 'Acting on the run of a session.' },
  { name: 'Signing in', description: 'Cookies for browsers, tickets for their event streams.' },
  { name: 'Service', description: 'The service itself.' },
]

const DESCRIPTION = `Sight and control of the sessions of an agent gateway.

Times are ISO 8601 in UTC, with these exceptions: \`startTime\` and \`lastActivity\` are epoch seconds, a number \`ts\` and the times inside transcript messages are epoch milliseconds; names that end in \`Ms\` are milliseconds. Money is USD. History and kill stand at two paths each, which answer alike: the short one is described and names the other. An unknown query parameter or body field is refused (400) with the nearest known one; names of parameters that begin with \`_\` are your own. Filters may be written in the singular or the plural (\`kind\`, \`kinds\`). Errors have one shape; send \`Accept: application/problem+json\` for RFC 9457. Every path answers OPTIONS, and HEAD where it answers GET.`

/** The OpenAPI 3.1 document of the operations as they are mounted, as UTF-8 JSON; made when it is first asked for. */
export function openApiDocument(
  operations: readonly Operation[],
  options: DocumentOptions,
): () => Uint8Array {
  let bytes: Uint8Array | null = null
  return () => {
    bytes ??= Buffer.from(JSON.stringify(documentOf(operations, options)))
    return bytes
  }
}

function documentOf(operations: readonly Operation[], options: DocumentOptions) {
  const document = createDocument(describe(operations, options), { override: showWire })
  // Event streams refer to it by name inside their text, where the library does not look.
  const { components: follow } = createSchema(FollowEvent, { io: 'output' })
  const { components: live } = createSchema(LiveEvent, { io: 'output' })
  const { components: trajectory } = createSchema(TrajectoryFollowEvent, { io: 'output' })
  const schemas = { ...follow, ...live, ...trajectory, ...document.components?.schemas }
  return { ...document, components: { ...document.components, schemas } }
}

/** The document as the package ships it: with the short paths, mounted at the root. Ends with a newline. */
export function openApiText(version: string): string {
  const options = { shortPaths: true, prefix: '', version }
  const text = Buffer.from(openApiDocument(ALL_OPERATIONS, options)()).toString()
  return `${JSON.stringify(parseJson(text), null, 2)}\n`
}

function describe(
  operations: readonly Operation[],
  { shortPaths, prefix, version }: DocumentOptions,
): ZodOpenApiObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const operation of operations) {
    if (operation.internal) continue
    const [path = '', ...others] = pathsOf(operation, shortPaths)
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: describeOne(operation, others),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenClaw sessions API',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: prefix === '' ? '/' : prefix, description: 'Where this document comes from.' },
    ],
    tags: TAGS,
    security: [],
    paths,
    components: { securitySchemes: SECURITY_SCHEMES },
  }
}

function describeOne(
  operation: Operation,
  otherPaths: readonly string[],
): ZodOpenApiOperationObject {
  const also = otherPaths.map((path) => `\n\nAlso at \`${path}\`.`).join('')
  const { body, bodyExample } = operation
  return {
    operationId: operation.operationId,
    tags: [operation.tag],
    summary: operation.summary,
    description: `${operation.description}${also}`,
    security: securityOf(operation),
    requestParams: parametersOf(operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: { content: { 'application/json': { schema: body, example: bodyExample } } },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([status, facts]) => [
          status,
          responseOf(operation.repeatable ? { headers: ReplayHeaders, ...facts } : facts),
        ]),
      ),
      ...errorResponses(operation),
    },
  }
}

function parametersOf({ path, query, repeatable, requestHeaders }: Operation) {
  const header = repeatable ? RepeatHeaders : requestHeaders
  return {
    ...(path.includes('{key}') ? { path: z.object({ key: SessionKey }) } : {}),
    ...(query === undefined ? {} : { query }),
    ...(header === undefined ? {} : { header }),
  }
}

function responseOf({ description, content, headers }: ResponseFacts) {
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    ...(content === undefined ? {} : { content }),
  }
}
