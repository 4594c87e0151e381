import fc from 'fast-check'
import t from 'tap'
import type { Message } from '../../src/contract/message.js'
import { redactMessage } from '../../src/core/visibility/redaction.js'

const answer = {
  role: 'assistant',
  content: [
    { type: 'text', text: 'secret' },
    {
      type: 'toolCall',
      id: 'c1',
      name: 'exec',
      arguments: { command: 'secret' },
      partialArgs: 'secret',
    },
  ],
  model: 'mock-1',
  usage: { input: 1 },
  errorMessage: 'secret',
  MediaPaths: ['secret'],
  timestamp: 5,
  __openclaw: { id: 'a', seq: 3, recordTimestampMs: 5, note: 'secret' },
} as unknown as Message

t.test('words are hidden, facts are not', async (t) => {
  t.strictSame(redactMessage(answer, 'text'), {
    role: 'assistant',
    model: 'mock-1',
    usage: { input: 1 },
    errorMessage: '[redacted]',
    MediaPaths: '[redacted]',
    timestamp: 5,
    content: [
      { type: 'text', text: '[redacted]' },
      {
        type: 'toolCall',
        id: 'c1',
        name: 'exec',
        arguments: '[redacted]',
        partialArgs: '[redacted]',
      },
    ],
    __openclaw: { id: 'a', recordTimestampMs: 5, seq: 3 },
  })
  t.equal(redactMessage(answer, 'none'), answer)
})

t.test('`all` hides the names of tools too', async (t) => {
  const [, call] = redactMessage(answer, 'all').content as unknown as { name: string }[]
  t.equal(call?.name, '[redacted]')
  const result = { role: 'toolResult', toolName: 'exec', content: 'secret', __openclaw: { seq: 1 } }
  t.match(redactMessage(result, 'all'), { toolName: '[redacted]', content: '[redacted]' })
})

t.test('no field that is not known lets a word through', async () => {
  const field = fc
    .string({ minLength: 1 })
    .filter(
      (name) =>
        ![
          'role',
          'timestamp',
          'api',
          'provider',
          'model',
          'usage',
          'stopReason',
          'toolCallId',
          'toolName',
          'isError',
          'errorType',
          'type',
          'id',
          'name',
          'mimeType',
          'omitted',
          'bytes',
        ].includes(name),
    )
  const nested = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constant('SECRET'),
      fc.dictionary(field, tie('value')),
      fc.array(tie('value')),
    ),
  })).value
  fc.assert(
    fc.property(fc.dictionary(field, nested), fc.constantFrom('text', 'all'), (fields, redact) => {
      const message = {
        role: 'user',
        ...fields,
        content: [{ type: 'text', ...fields }],
        __openclaw: { seq: 1, ...fields },
      }
      return !JSON.stringify(redactMessage(message as unknown as Message, redact)).includes(
        'SECRET',
      )
    }),
  )
})
