import * as z from 'zod'
import {
  createDocument,
  createSchema,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiSecuritySchemeObject,
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

/** The ways to say who is asking. */
const SECURITY_SCHEMES: Record<string, ZodOpenApiSecuritySchemeObject> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of this service. Its scope includes the lower ones.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same token in another header.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'mc-session',
    description: 'Set by the login. Writes also need `x-csrf-token`.',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'Opens one event stream; for clients that cannot send headers.',
  },
}

/** Any one of these will do; each names the scope that is needed. None for a public operation. */
function securityOf({ scope, stream }: Operation): Record<string, string[]>[] {
  if (scope === 'public') return []
  const schemes = ['bearer', 'apiKey', 'cookie', ...(stream === undefined ? [] : ['ticket'])]
  return schemes.map((scheme) => ({ [scheme]: [scope] }))
}

type Schema = z.core.$ZodType

/**
 * Shows query parameters as they are on the wire. Their schemas take the text of a query string as well as the value
 * itself, for callers in process; and zod leaves a default and the words of a list out where it transforms.
 */
const showWire: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  if (io !== 'input') return
  const { def } = zodSchema._zod
  if (def.type === 'default') jsonSchema.default = def.defaultValue
  if (def.type === 'union') showValue(jsonSchema, def.options)
  if (def.type === 'pipe') showWords(jsonSchema, def.out)
}

/** A whole number, an amount or a switch: the value, and not the text that becomes one. */
function showValue(jsonSchema: object, options: readonly Schema[]): void {
  const value = options.find((option) => !isPipe(option))
  if (value === undefined || !options.some(isPipe)) return
  const type = isInteger(value) ? 'integer' : typeOf(value)
  replace(jsonSchema, { type })
}

/** `a,b` or a repeated parameter: a list of words, of those that are known where not any will do. */
function showWords(jsonSchema: object, out: Schema): void {
  if (!(out instanceof z.ZodArray)) return
  const known = out.element instanceof z.ZodEnum ? { enum: out.element.options } : {}
  replace(jsonSchema, { type: 'array', items: { type: 'string', ...known } })
}

function replace(jsonSchema: object, shown: object): void {
  for (const name of ['anyOf', 'type', 'items']) Reflect.deleteProperty(jsonSchema, name)
  Object.assign(jsonSchema, shown)
}

const isPipe = (schema: Schema) => schema._zod.def.type === 'pipe'
const isInteger = (schema: Schema) => schema instanceof z.ZodNumber && schema.isInt
const typeOf = (schema: Schema) => schema._zod.def.type
