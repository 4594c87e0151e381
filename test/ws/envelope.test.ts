import fc from 'fast-check'
import t from 'tap'
import type { Message } from '../../src/contract/message.js'
import { unwrap } from '../../src/surfaces/ws/envelope.js'

const METADATA = 'Sender (untrusted metadata):\n```json\n{"label":"Ada"}\n```\n\n'
const STAMP = '[Sat 2026-11-21 04:18 UTC] '

const user = (content: NonNullable<Message['content']>): Message => ({
  role: 'user',
  content,
  __openclaw: { seq: 1 },
})

t.test('metadata and stamps are taken off, in plain strings and blocks', async (t) => {
  for (const [wrapped, text, label] of [
    [`${METADATA}${STAMP}hello`, 'hello', 'Ada'],
    [`${STAMP}hello`, 'hello', undefined],
    [`${METADATA}hello`, 'hello', 'Ada'],
    ['hello', 'hello', undefined],
    [`hello ${STAMP}`, `hello ${STAMP}`, undefined],
    ['Sender (untrusted metadata):\n```json\n{broken\n```\nhello', 'hello', undefined],
    ['[Sat] hello', '[Sat] hello', undefined],
  ] as const) {
    t.match(unwrap(user(wrapped)), { content: text, senderLabel: label }, wrapped)
    const blocks = unwrap(user([{ type: 'text', text: wrapped }]))
    t.match(blocks, { content: [{ type: 'text', text }], senderLabel: label })
    t.equal(Object.keys(blocks).at(-1), '__openclaw', 'the last key')
  }
})

t.test('others keep their words', async (t) => {
  const message = { ...user(`${STAMP}hello`), role: 'assistant' }
  t.equal(unwrap(message), message)
})

t.test('any text, however it looks, is read in time and never grows', async () => {
  const piece = fc.constantFrom(METADATA, STAMP, '```json', '[Sat 2026-11-21 04:18', 'x', '\n', ' ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      const text = pieces.join('')
      const shown = unwrap(user(text)).content
      return typeof shown === 'string' && text.endsWith(shown)
    }),
  )
})
