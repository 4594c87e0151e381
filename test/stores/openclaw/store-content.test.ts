import * as fc from 'fast-check'
import t from 'tap'
import { readEntry } from '../../../src/stores/openclaw/sessions-json/entry.js'
import { EntryDigests } from '../../../src/stores/openclaw/sessions-json/entry-digests.js'
import {
  NO_DIGESTS,
  readContent,
  type StoreContent,
} from '../../../src/stores/openclaw/sessions-json/store-content.js'
import { searches } from '../../searches.js'
import {
  damagedStoreText,
  type StoreTextPart,
  storeChange,
  storeText,
  writeStore,
} from './store-texts.js'

/** What a reader that parses all of it says. */
function plainly(bytes: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString().replace(/^\uFEFF/, ''))
  } catch {
    return 'no JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object'
  return sorted(Object.entries(value).map(([key, raw]) => readEntry(key, raw, 'main')))
}

const sorted = (entries: readonly unknown[]) => entries.map((entry) => JSON.stringify(entry)).sort()

/** The entries of a content, those that were there before taken from `former`. */
function entriesOf({ fresh, origins }: StoreContent, former: readonly unknown[] = []): unknown[] {
  let taken = 0
  return [...origins].map((origin) => (origin === 0 ? fresh[taken++] : former[origin - 1]))
}

function told(content: StoreContent | string, former?: readonly unknown[]): unknown {
  if (typeof content !== 'string') return sorted(entriesOf(content, former))
  return /not valid JSON/.test(content) ? 'no JSON' : 'no object'
}

const nothing = () => new EntryDigests(NO_DIGESTS)

t.test('any text is read as JSON.parse reads it', async () => {
  fc.assert(
    fc.property(fc.oneof(storeText, damagedStoreText), (bytes) => {
      fc.pre(bytes.length > 0)
      const expected = plainly(bytes)
      const actual = told(readContent(bytes, 'main', nothing()))
      if (JSON.stringify(actual) !== JSON.stringify(expected))
        throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`)
    }),
    searches(1500),
  )
})

t.test('what is known of a former text changes nothing in what is read', async () => {
  fc.assert(
    fc.property(storeChange, fc.boolean(), ({ former, now }, isTextAtHand) => {
      const before = readContent(former, 'main', nothing())
      if (typeof before === 'string') throw new Error(before)
      const known = new EntryDigests(before.digests, isTextAtHand ? former : null)
      const actual = told(readContent(now, 'main', known), entriesOf(before))
      if (JSON.stringify(actual) !== JSON.stringify(plainly(now)))
        throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(plainly(now))}`)
    }),
    searches(1000),
  )
})

t.test('only entries with another text are parsed, wherever they stand', async (t) => {
  const parts = 'abcdefgh'.split('').map(
    (key): StoreTextPart => ({
      key: `"agent:main:${key}"`,
      value: `{"sessionId":"${key}","n":[1,{"x":"}],\\""}]}`,
    }),
  )
  const [a, b, c, d, e, f, g, h] = parts as Required<StoreTextPart[]>
  const text = writeStore(parts)
  const first = readContent(text, 'main', nothing())
  if (typeof first === 'string') return t.fail(first)
  const changed = { ...c, value: '{"sessionId":"other"}' } as StoreTextPart
  const news = { key: '"agent:main:new"', value: '{}' }
  const cases: [what: string, parts: (StoreTextPart | undefined)[], origins: number[]][] = [
    ['as it was', parts, [1, 2, 3, 4, 5, 6, 7, 8]],
    ['one in its place', [a, b, changed, d, e, f, g, h], [1, 2, 0, 4, 5, 6, 7, 8]],
    ['one before all', [news, ...parts], [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['one after all', [...parts, news], [1, 2, 3, 4, 5, 6, 7, 8, 0]],
    ['one gone', [a, b, d, e, f, g, h], [1, 2, 4, 5, 6, 7, 8]],
    ['moved', [h, c, a, b, d, e, f, g], [8, 3, 1, 2, 4, 5, 6, 7]],
    ['none', [], []],
  ]
  for (const [what, parts, origins] of cases)
    for (const known of [new EntryDigests(first.digests), new EntryDigests(first.digests, text)]) {
      const wanted = parts.filter((part) => part !== undefined)
      const content = readContent(writeStore(wanted), 'main', known)
      if (typeof content === 'string') return t.fail(content)
      t.strictSame([...content.origins], origins, what)
      t.equal(content.fresh.length, origins.filter((origin) => origin === 0).length, what)
    }
})

t.test('a number that goes on is another number', async (t) => {
  const first = readContent(Buffer.from('{"a":5}'), 'main', nothing())
  if (typeof first === 'string') return t.fail(first)
  for (const [text, origins] of [
    ['{"a":56}', [0]],
    ['{"a":5.5}', [0]],
    ['{"a":5 }', [1]],
    ['{"a":5,"b":5}', [1, 0]],
    ['{"a":5', null],
  ] as const) {
    const content = readContent(Buffer.from(text), 'main', new EntryDigests(first.digests))
    if (origins === null) {
      t.match(content, /not valid JSON/, text)
      continue
    }
    t.match(content, { origins: Uint32Array.from(origins) }, text)
  }
})

t.test('of two equal keys the last counts, however they are written', async (t) => {
  for (const [first, second] of [
    ['"k"', '"k"'],
    ['"k"', '"\\u006b"'],
    ['"__proto__"', '"__proto__"'],
  ]) {
    const text = `{${first}:{"label":"1"},"x":{},${second}:{"label":"2"}}`
    const content = readContent(Buffer.from(text), 'main', nothing())
    if (typeof content === 'string') return t.fail(content)
    t.equal(content.fresh.length, 2, text)
    t.notOk(content.fresh.some((entry) => entry?.facts.label === '1'))
    t.strictSame(content.digests, NO_DIGESTS, 'such a text is parsed whole each time')
  }
})
