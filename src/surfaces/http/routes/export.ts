import * as z from 'zod'
import { type ExportFormat, ExportQuery } from '../../../contract/export.js'
import { Message } from '../../../contract/message.js'
import { Session } from '../../../contract/session.js'
import { type AnswerHeaders, bare, NO_STORE } from '../answer.js'
import { EXAMPLE_DETAIL, EXAMPLE_PAGE } from '../openapi/examples.js'
import { guarded } from '../operation.js'

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
}

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'jsonl',
  json: 'json',
  markdown: 'md',
}

const ExportedSession = z
  .object({ session: Session, messages: z.array(Message) })
  .meta({ id: 'ExportedSession' })

const ExportedLines = z.string().meta({
  id: 'ExportedLines',
  contentMediaType: 'application/x-ndjson',
  contentSchema: { $ref: '#/components/schemas/Message' },
  description: 'A message a line, oldest first, tool results included.',
})

const ExportedText = z
  .string()
  .meta({ id: 'ExportedText', description: 'A heading for each message, for people.' })

const { messages } = EXAMPLE_PAGE
const { session } = EXAMPLE_DETAIL

export const exportSession = guarded({
  operationId: 'exportSession',
  method: 'GET',
  path: '/api/sessions/{key}/export',
  scope: 'operator.read',
  tag: 'History',
  summary: 'Export a transcript',
  description:
    'The whole active branch as it is now, from the first message to the last, tool results included, as a download that is made while it is read: its size costs no memory. A download that cannot be finished is broken off, so that the client sees it: the transcript was rewritten meanwhile, the token ended, or the client accepted nothing for 30 s. `sessionId` exports a transcript from before a reset.',
  query: ExportQuery,
  responses: {
    200: {
      description: 'The transcript.',
      headers: z.object({
        'content-disposition': z.string().meta({
          description: 'A file name made of the key.',
          examples: ['attachment; filename="agent_main_main.jsonl"'],
        }),
      }),
      content: {
        'application/x-ndjson': {
          schema: ExportedLines,
          examples: {
            jsonl: {
              summary: 'A message a line',
              value: messages.map((message) => `${JSON.stringify(message)}\n`).join(''),
            },
          },
        },
        'application/json': {
          schema: ExportedSession,
          examples: { json: { summary: 'One document', value: { session, messages } } },
        },
        'text/markdown': {
          schema: ExportedText,
          examples: {
            markdown: {
              summary: 'For people',
              value: '# webchat\n\n`agent:main:main`\n\n## 1. user\n\nHow far are we?\n',
            },
          },
        },
      },
    },
  },
  errors: ['not_supported', 'rate_limited', 'cursor_gone'],
  async handle({ grant, key, manager, method, offers, query }) {
    const headers = headersOf(await manager.resolve(key, grant), query)
    if (method === 'HEAD') {
      if (query.sessionId !== undefined || !offers('export'))
        await manager.export(key, query, grant)
      return bare(200, headers)
    }
    const open = async () => textsOf((await manager.export(key, query, grant)).chunks)
    return { kind: 'download', headers, open }
  },
})

function headersOf(key: string, { format, sessionId }: ExportQuery): AnswerHeaders {
  const called = sessionId === undefined ? key : `${key}_${sessionId}`
  // A key may hold what ends a header, or a path.
  const name = called.replaceAll(/[^\w.-]+/g, '_').slice(0, 200)
  return {
    ...NO_STORE,
    'content-type': MEDIA_TYPES[format],
    'content-disposition': `attachment; filename="${name}.${EXTENSIONS[format]}"`,
    'x-accel-buffering': 'no',
  }
}

async function* textsOf(chunks: AsyncIterable<{ readonly text: string }>): AsyncGenerator<string> {
  for await (const { text } of chunks) yield text
}
