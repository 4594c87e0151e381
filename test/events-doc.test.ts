import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { LiveEvent } from '../src/contract/live-event.js'
import { EVENT_EXAMPLES } from '../src/surfaces/http/openapi/event-examples.js'

const cwd = fileURLToPath(new URL('..', import.meta.url))

t.test('docs/events.md is that of the schemas', async (t) => {
  const check = promisify(execFile)(process.execPath, ['scripts/events.mjs', '--check'], { cwd })
  await t.resolves(check, 'npm run events')
})

t.test('every event of the contract has an example that is one', async (t) => {
  for (const { event, title } of EVENT_EXAMPLES) t.same(LiveEvent.parse(event), event, title)
  const shown = new Set(EVENT_EXAMPLES.map(({ event }) => event.type))
  for (const { shape } of LiveEvent.options) t.ok(shown.has(shape.type.value), shape.type.value)
})
