import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { ExportChunk } from '../../../src/contract/export.js'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import type { Message } from '../../../src/contract/message.js'
import { createSessionManager } from '../../../src/core/index.js'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'
import { line, MAIN, transcript } from '../../http/service.js'

function managerOf(t: Test, texts: readonly string[]) {
  const store = memoryStore()
  store.put({ key: MAIN, sessionId: 'session-main' }, transcript('session-main', texts))
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  return { manager, store }
}

async function all(chunks: AsyncIterable<ExportChunk>): Promise<ExportChunk[]> {
  const got: ExportChunk[] = []
  for await (const chunk of chunks) got.push(chunk)
  return got
}

const textOf = (chunks: readonly ExportChunk[]) => chunks.map(({ text }) => text).join('')

function messagesOf(jsonl: string): Message[] {
  return jsonl
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
}

t.test('every message once, in order, and how far it is', async (t) => {
  const { manager } = managerOf(
    t,
    Array.from({ length: 300 }, (_, n) => `message ${n}`),
  )
  const { chunks, total } = await manager.export(
    MAIN,
    { format: 'jsonl', redact: false },
    FULL_GRANT,
  )
  t.equal(total, 300)
  const got = await all(chunks)
  t.strictSame(
    messagesOf(textOf(got)).map((message) => message.__openclaw.seq),
    Array.from({ length: 300 }, (_, n) => n + 1),
  )
  const done = got.map((chunk) => chunk.done)
  t.strictSame(
    done,
    [...done].sort((a, b) => a - b),
  )
  t.equal(done.at(-1), 300)
})

t.test('long messages come one by one, and what is too long is counted', async (t) => {
  const { manager } = managerOf(
    t,
    Array.from({ length: 12 }, () => 'x'.repeat(3_000_000)),
  )
  const { chunks } = await manager.export(MAIN, { format: 'jsonl', redact: false }, FULL_GRANT)
  const got = await all(chunks)
  const longest = Math.max(...got.map(({ text }) => text.length))
  t.ok(longest < 6_000_000, `${longest} characters at once`)
  t.equal(
    got.reduce((sum, { cut = 0 }) => sum + cut, 0),
    12,
  )
})

t.test('one document, and one for people', async (t) => {
  const { manager } = managerOf(t, ['How far?', '````\nNearly\u001b[2J done.\n````'])
  const as = async (format: 'json' | 'markdown') =>
    textOf(await all((await manager.export(MAIN, { format, redact: false }, FULL_GRANT)).chunks))
  const json = JSON.parse(await as('json'))
  t.match(json, { session: { key: MAIN }, messages: [{ role: 'user' }, { role: 'assistant' }] })
  const markdown = await as('markdown')
  t.match(markdown, /^# .+\n\n`agent:main:main` · `session-main`/)
  t.match(markdown, '## 1. user, 2026-11-21T05:00:00.001Z\n\nHow far?\n')
  t.notMatch(markdown, '\u001b', 'nothing that rewrites a terminal')
})

/** Text that is read, or nothing to read. */
const text = fc.constantFrom('', ' ', '\n\n', '\u200b', '\t\u2060', 'said', 'two\nlines')
const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('thinking'), thinking: text }),
  fc.record({
    type: fc.constant('toolCall'),
    name: fc.constant('exec'),
    arguments: fc.constant({}),
  }),
  fc.constant({ type: 'image', data: '', mimeType: 'image/png' }),
)
const said = fc.record({
  role: fc.constantFrom('user', 'assistant', 'toolResult'),
  content: fc.oneof(text, fc.array(block, { maxLength: 3 })),
  errorMessage: fc.option(text, { nil: undefined }),
})

/** Whether there is anything to read in it, by the words that these messages are made of. */
const isRead = ({ content, errorMessage }: Message) =>
  /said|lines|"name":"exec"|"type":"image"/.test(JSON.stringify([content, errorMessage]))

t.test(
  'as markdown, messages with something to read have a section each, others none',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 6 }), async (messages) => {
        const { manager, store } = managerOf(t, [])
        const lines = messages.map((message, at) => {
          const parentId = at === 0 ? null : `m${at - 1}`
          return `${JSON.stringify({ type: 'message', id: `m${at}`, parentId, message })}\n`
        })
        store.put({ key: MAIN, sessionId: 'made-up' }, transcript('made-up', []) + lines.join(''))
        const as = async (format: 'jsonl' | 'markdown') =>
          textOf(
            await all((await manager.export(MAIN, { format, redact: false }, FULL_GRANT)).chunks),
          )
        const jsonl = await as('jsonl')
        const expected = jsonl === '' ? [] : messagesOf(jsonl).filter(isRead)
        const [, ...sections] = (await as('markdown')).split(/^## /m)
        assert.deepEqual(
          sections.map((section) => Number.parseInt(section, 10)),
          expected.map(({ __openclaw }) => __openclaw.seq),
        )
        for (const section of sections) assert.match(section, /^\d+\. .*\n\n(```\n|> )*\S/)
        await manager.close()
        await store.close()
      }),
    )
  },
)

t.test('an empty transcript is an empty export of each kind', async (t) => {
  const { manager, store } = managerOf(t, [])
  store.put({ key: 'agent:main:bare' })
  const as = async (format: 'json' | 'jsonl' | 'markdown') => {
    const query = { format, redact: false }
    return textOf(await all((await manager.export('agent:main:bare', query, FULL_GRANT)).chunks))
  }
  t.equal(await as('jsonl'), '')
  t.match(JSON.parse(await as('json')), { messages: [] })
  t.match(await as('markdown'), /^# /)
})

t.test('what is redacted or asked to be, stays hidden', async (t) => {
  const { manager } = managerOf(t, ['a secret'])
  const asked = await manager.export(MAIN, { format: 'jsonl', redact: true }, FULL_GRANT)
  t.notMatch(textOf(await all(asked.chunks)), 'secret')
  const grant = { ...FULL_GRANT, redact: 'all' as const }
  const told = await manager.export(MAIN, { format: 'markdown', redact: true }, grant)
  t.notMatch(textOf(await all(told.chunks)), 'secret')
})

t.test('a transcript that is replaced meanwhile is said to be', async (t) => {
  const texts = Array.from({ length: 200 }, (_, n) => `message ${n}`)
  const { manager, store } = managerOf(t, texts)
  const { chunks } = await manager.export(MAIN, { format: 'jsonl', redact: false }, FULL_GRANT)
  const seen: ExportChunk[] = []
  const reading = async () => {
    for await (const chunk of chunks) {
      seen.push(chunk)
      if (seen.length === 3)
        store.put({ key: MAIN, sessionId: 'another' }, transcript('another', texts))
    }
  }
  await t.rejects(reading(), { code: 'cursor_gone' })
  t.ok((seen.at(-1)?.done ?? 0) < 200, 'and nothing of the new one came out')
  t.notMatch(textOf(seen), '"seq":200')
})

t.test('what is appended meanwhile is not of it', async (t) => {
  const { manager, store } = managerOf(t, ['one', 'two'])
  const { chunks } = await manager.export(MAIN, { format: 'jsonl', redact: false }, FULL_GRANT)
  store.append(MAIN, line(3, 'three'))
  t.equal(messagesOf(textOf(await all(chunks))).length, 2)
})

t.test('a session that is not there, or not for this grant', async (t) => {
  const { manager } = managerOf(t, ['one'])
  const query = { format: 'jsonl', redact: false } as const
  const code = 'session_not_found'
  await t.rejects(manager.export('nowhere', query, FULL_GRANT), { code })
  await t.rejects(manager.export(MAIN, query, { ...FULL_GRANT, agents: ['work'] }), { code })
})
