import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { TrajectoryEvent } from '../../../src/contract/trajectory.js'
import { redactEvent } from '../../../src/core/export/trajectory/redacted-event.js'
import { recordedEvent } from './events.js'

const FOLDER = join(
  import.meta.dirname,
  '../../../fixtures/openclaw-2026.5.28/agents/research/sessions',
)

t.test('how a run went is told, and what was said is not', async (t) => {
  const compiled = recordedEvent(1, {
    type: 'context.compiled',
    workspaceDir: '/srv/work',
    provider: 'mock',
    data: {
      systemPrompt: 'secret',
      prompt: 'secret',
      messages: [{ role: 'user', content: 'secret' }],
      tools: [{ name: 'exec', description: 'secret' }, 'secret'],
      imagesCount: 2,
      transport: 'http',
      usage: { input: 5, note: 'secret' },
      trigger: { text: 'secret' },
      promptError: 'secret',
    },
  })
  const shown = redactEvent(compiled, 'text')
  t.match(shown, {
    workspaceDir: '/srv/work',
    provider: 'mock',
    data: {
      systemPrompt: '[redacted]',
      messages: '[redacted]',
      tools: [{ name: 'exec', description: '[redacted]' }, '[redacted]'],
      imagesCount: 2,
      transport: 'http',
      usage: { input: 5, note: '[redacted]' },
      trigger: { text: '[redacted]' },
    },
  })
  t.notMatch(JSON.stringify(shown), 'secret')
  const hidden = redactEvent(compiled, 'all')
  t.match(hidden, { workspaceDir: '[redacted]', data: { tools: [{ name: '[redacted]' }, String] } })
  t.equal(redactEvent(compiled, 'none'), compiled)
})

t.test('a tool is named in its call, its arguments and its message are not', async (t) => {
  const call = recordedEvent(1, {
    source: 'transcript',
    type: 'tool.call',
    data: { toolCallId: 'c1', name: 'exec', arguments: { command: 'secret' }, blockIndex: 0 },
  })
  t.strictSame(redactEvent(call, 'text').data, {
    toolCallId: 'c1',
    name: 'exec',
    arguments: { command: '[redacted]' },
    blockIndex: 0,
  })
  t.match(redactEvent(call, 'all').data, { name: '[redacted]' })
})

t.test('no text of any shape gets through', async () => {
  const word = 'verysecret'
  const leaf = fc.constantFrom(word, [word], { text: word }, { a: { b: { c: { d: word } } } }, 5)
  const name = fc.constantFrom('prompt', 'message', 'tools', 'name', 'arguments', 'x', 'usage')
  const type = fc.constantFrom('prompt.submitted', 'context.compiled', 'anything')
  fc.assert(
    fc.property(type, fc.dictionary(name, leaf), (type, data) => {
      const shown = redactEvent(recordedEvent(1, { type, data }), 'all')
      return !JSON.stringify(shown).includes(word) && TrajectoryEvent.safeParse(shown).success
    }),
  )
})

t.test('nothing of a real recording gets through', async (t) => {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.trajectory.jsonl'))
  t.ok(names.length > 0)
  for (const name of names) {
    const lines = (await readFile(join(FOLDER, name), 'utf8')).trimEnd().split('\n')
    for (const line of lines) {
      const event = TrajectoryEvent.parse(JSON.parse(line))
      const shown = redactEvent(event, 'text')
      t.ok(TrajectoryEvent.safeParse(shown).success)
      t.notMatch(JSON.stringify(shown), /prompt replaced|Subagent Task|count slowly|tick0/)
      t.equal(shown.type, event.type)
    }
  }
})
