// Writes docs/events.md from the schemas and examples of the event stream: `npm run events`. `--check` changes nothing
// and fails when it is stale. Reads dist/: build first.
import { readFile, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { EventResetReason, EventsQuery, LiveEvent } from '../dist/contract/live-event.js'
import { EVENT_EXAMPLES } from '../dist/surfaces/http/openapi/event-examples.js'

const PATH = new URL('../docs/events.md', import.meta.url)

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

const describe = (schema) => schema.meta()?.description ?? ''

const queryTable = () =>
  table(
    ['parameter', 'what it is'],
    Object.entries(EventsQuery.shape)
      .filter(([name]) => name !== 'after')
      .map(([name, schema]) => [`\`${name}\``, describe(schema)]),
  )

/** Fields of one kind of event, as its schema has them. */
function payload(option) {
  const { type, data } = option.shape
  const rows = Object.entries(data.shape).map(([name, schema]) => [
    `\`${name}\``,
    schema instanceof z.ZodOptional ? 'no' : 'yes',
    describe(schema),
  ])
  return `### \`${type.value}\`\n\n${table(['field', 'always', 'what it is'], rows)}`
}

function example({ title, when, event }) {
  const { data, id, type } = LiveEvent.parse(event)
  const wire = `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}`
  return `### ${title}\n\n${when}\n\n\`\`\`\n${wire}\n\`\`\``
}

const text = `<!-- Written by \`npm run events\` from the schemas in src/contract/live-event.ts. -->
# Events

\`GET /api/events\` is one stream (server-sent events) of everything that a token may see. List first, then start the stream
with the \`eventId\` of the list as \`last_event_id\`: nothing between the two is missed. Each event has an id to go on from;
\`EventSource\` sends it by itself when it reconnects. The same row may come twice, never too seldom: put it in the place of
the one before it.

${queryTable()}

\`Last-Event-ID\`, or \`last_event_id\` in the query, is the event to begin after; the header wins. A browser asks for a
\`ticket\` first (\`POST /api/stream-tickets\` with \`{"path": "/api/events"}\`). \`examples/live-table.mjs\` is a whole client.

## Payloads

${LiveEvent.options.map(payload).join('\n\n')}

The reasons of a \`reset\` are ${EventResetReason.options.map((reason) => `\`${reason}\``).join(', ')}.

## Examples

${EVENT_EXAMPLES.map(example).join('\n\n')}
`

if (!process.argv.includes('--check')) await writeFile(PATH, text)
else if ((await readFile(PATH, 'utf8').catch(() => '')) !== text) {
  console.error('docs/events.md is stale: run `npm run events`.')
  process.exitCode = 1
}
