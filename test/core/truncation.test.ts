import t from 'tap'
import type { Message } from '../../src/contract/message.js'
import { TRUNCATED, truncateMessage } from '../../src/core/visibility/truncation.js'

const cut = (text: string) => text.slice(0, 4) + TRUNCATED

function message(fields: Record<string, unknown>): Message {
  return { role: 'assistant', ...fields, __openclaw: { id: 'a', seq: 1 } } as Message
}

t.test('long texts are cut and marked, wherever they stand', async (t) => {
  const long = 'abcdefgh'
  t.strictSame(truncateMessage(message({ role: 'user', content: long }), 4), {
    role: 'user',
    content: cut(long),
    __openclaw: { id: 'a', seq: 1, truncated: true },
  })
  const blocks = [
    { type: 'text', text: long },
    { type: 'thinking', thinking: long },
    { type: 'other', partialJson: long, arguments: long, content: long },
    { type: 'text', text: 'abcd' },
  ]
  t.strictSame(truncateMessage(message({ content: blocks }), 4).content, [
    { type: 'text', text: cut(long) },
    { type: 'thinking', thinking: cut(long) },
    { type: 'other', partialJson: cut(long), arguments: cut(long), content: cut(long) },
    { type: 'text', text: 'abcd' },
  ])
})

t.test('tool calls and results stay whole, and so does the message that was given', async (t) => {
  const call = {
    type: 'toolCall',
    name: 'exec',
    arguments: { command: 'abcdefgh' },
    partialArgs: 'abcdefgh',
  }
  const calling = message({ content: [call, { type: 'tool_use', text: 'abcdefgh' }] })
  t.equal(truncateMessage(calling, 4), calling)
  const result = message({ role: 'toolResult', content: [{ type: 'text', text: 'abcdefgh' }] })
  t.equal(truncateMessage(result, 4), result)
  const frozen = Object.freeze(
    message({ content: Object.freeze([{ type: 'text', text: 'abcdefgh' }]) }),
  )
  t.notSame(truncateMessage(frozen as Message, 4), frozen)
  const short = message({ content: [{ type: 'text', text: 'abcd' }] })
  t.equal(truncateMessage(short, 4), short, 'what fits is not copied')
})

t.test('the mark stands last', async (t) => {
  const text = JSON.stringify(
    truncateMessage(message({ content: 'abcdefgh', stopReason: 'stop' }), 4),
  )
  t.match(text, /"__openclaw":\{"id":"a","seq":1,"truncated":true\}\}$/)
})
