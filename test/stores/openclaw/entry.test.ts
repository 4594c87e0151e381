import * as fc from 'fast-check'
import t from 'tap'
import { readEntry } from '../../../src/stores/openclaw/sessions-json/entry.js'

const junk: [name: string, value: unknown][] = [
  ['null', null],
  ['an array', []],
  ['an object', { a: 1 }],
  ['a boolean', false],
  ['an empty text', ''],
  ['not a number', Number.NaN],
  ['infinite', Number.POSITIVE_INFINITY],
  ['negative', -5],
  ['deep', JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)],
]

/** Every field that is read. */
const FIELDS = [
  'sessionId',
  'updatedAt',
  'sessionStartedAt',
  'lastInteractionAt',
  'sessionFile',
  'status',
  'startedAt',
  'endedAt',
  'runtimeMs',
  'abortedLastRun',
  'chatType',
  'channel',
  'provider',
  'displayName',
  'label',
  'subject',
  'groupChannel',
  'room',
  'groupId',
  'space',
  'origin',
  'modelProvider',
  'model',
  'contextTokens',
  'totalTokens',
  'totalTokensFresh',
  'estimatedCostUsd',
  'inputTokens',
  'outputTokens',
  'cacheRead',
  'cacheWrite',
  'compactionCheckpoints',
  'spawnedBy',
  'parentSessionKey',
  'spawnedWorkspaceDir',
  'sendPolicy',
]

const blank = readEntry('agent:main:x', {}, 'main')

t.test('a field of another type is as good as absent', async (t) => {
  t.match(blank?.facts, { key: 'agent:main:x', agent: 'main', sessionId: null, compactions: [] })
  for (const field of FIELDS)
    for (const [name, value] of junk)
      t.strictSame(
        readEntry('agent:main:x', { [field]: value }, 'main'),
        blank,
        `${field}: ${name}`,
      )
})

t.test('a number written as text is no number', async (t) => {
  const fields = ['updatedAt', 'runtimeMs', 'contextTokens', 'totalTokens', 'estimatedCostUsd']
  const raw = Object.fromEntries(fields.map((field) => [field, '5']))
  t.strictSame(readEntry('agent:main:x', raw, 'main'), blank)
})

t.test('what is no session is not told', async (t) => {
  for (const raw of [null, undefined, [], 'text', 5, true])
    t.equal(readEntry('agent:main:x', raw, 'main'), null)
  t.equal(readEntry('', {}, 'main'), null, 'no key')
  t.equal(readEntry('  ', {}, 'main'), null, 'a blank key')
  t.equal(readEntry(`agent:main:${'é'.repeat(512)}`, {}, 'main'), null, 'a key over 1,024 bytes')
})

t.test('keys become canonical, and say whose they are', async (t) => {
  const cases: [written: string, key: string, agent: string][] = [
    ['AGENT:Work:MAIN', 'AGENT:Work:MAIN', 'work'],
    [' agent:work:!Room:srv ', 'agent:work:!Room:srv', 'work'],
    ['!Room:srv', 'agent:main:!Room:srv', 'main'],
    ['foo', 'agent:main:foo', 'main'],
    ['global', 'global', 'main'],
    ['__proto__', 'agent:main:__proto__', 'main'],
    ['agent:main:constructor', 'agent:main:constructor', 'main'],
  ]
  for (const [written, key, agent] of cases)
    t.match(readEntry(written, {}, 'main')?.facts, { key, agent }, written)
})

t.test('a session id that is not of its grammar is none', async (t) => {
  const cases: [id: unknown, read: string | null][] = [
    ['explicit-lab-1', 'explicit-lab-1'],
    ['A'.repeat(128), 'A'.repeat(128)],
    ['A'.repeat(129), null],
    ['../../etc/passwd', null],
    ['.hidden', null],
    ['a/b', null],
    ['a\0b', null],
    ['a\n', null],
    [7, null],
  ]
  for (const [sessionId, read] of cases)
    t.equal(readEntry('agent:main:x', { sessionId }, 'main')?.facts.sessionId, read)
})

t.test('own properties with the names of inherited ones change nothing', async (t) => {
  const raw = JSON.parse(
    '{"__proto__":{"sessionId":"evil","label":"evil"},"constructor":{"label":"evil"},"toString":1}',
  )
  t.strictSame(readEntry('agent:main:x', raw, 'main'), blank)
})

t.test('older releases named some fields otherwise', async (t) => {
  const read = (raw: object) => readEntry('agent:main:x', raw, 'main')?.facts
  t.match(read({ provider: 'telegram', room: '#a' }), { channel: 'telegram', groupChannel: '#a' })
  t.match(read({ provider: 'x', channel: 'slack' }), { channel: 'slack' })
})

t.test('the context in use is told unless the store calls it stale', async (t) => {
  const read = (raw: object) => readEntry('agent:main:x', raw, 'main')?.facts.contextTokens
  t.equal(read({ totalTokens: 7485, totalTokensFresh: true }), 7485)
  t.equal(read({ totalTokens: 7485 }), 7485)
  t.equal(read({ totalTokens: 7485, totalTokensFresh: false }), null)
  t.equal(read({ totalTokens: 0, totalTokensFresh: true }), null)
})

t.test('numbers and times stay in the range that can be told', async (t) => {
  const read = (raw: object) => readEntry('agent:main:x', raw, 'main')?.facts
  t.match(read({ updatedAt: 9e15, startedAt: 0, inputTokens: 0, contextTokens: 0 }), {
    updatedAtMs: null,
    startedAtMs: null,
    inputTokens: 0,
    contextWindow: null,
  })
  t.equal(read({ label: 'x'.repeat(1_000_000) })?.label?.length, 2000)
  const checkpoints = Array.from({ length: 40 }, (_, i) => ({
    checkpointId: `c${i}`,
    createdAt: 9e15,
  }))
  const compactions = read({ compactionCheckpoints: [null, 1, ...checkpoints] })?.compactions
  t.equal(compactions?.length, 25)
  t.strictSame(compactions?.at(-1), { id: 'c39', at: null, tokensBefore: null, tokensAfter: null })
})

t.test('any JSON at all gives an entry or none, and no fault', async () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue()),
      (key, raw) => {
        const entry = readEntry(key, raw, 'main')
        if (entry !== null) JSON.stringify(entry)
      },
    ),
  )
})
