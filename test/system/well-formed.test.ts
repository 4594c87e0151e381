import fc from 'fast-check'
import t from 'tap'
import { cutText, endOfText, parseJson } from '../../src/system/well-formed.js'

const HALVES = ['\ud83d', '\ude00', '\udbff', '\udc00', '\ud800', '\udfff']
const pieces = fc.array(
  fc.constantFrom(...HALVES, '😀', 'é', 'a', '\\', '"', '\\ud83d', '\\u', '\n', '\ufffd'),
  { maxLength: 8 },
)
const text = pieces.map((all) => all.join(''))

/** Any JSON, with halves in its texts and its names. */
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constantFrom(null, true, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}))

const mended = (value: unknown): unknown => {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(mended)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), mended(member)]),
  )
}

function shout(escaped: string): string {
  return `\\u${escaped.slice(2).toUpperCase()}`
}

t.test('JSON reads as JSON.parse reads it, but for halves of pairs', async () => {
  fc.assert(
    fc.property(json, fc.boolean(), (value, upper) => {
      const written = JSON.stringify(value)
      const asked = upper ? written.replaceAll(/\\u[\da-f]{4}/g, shout) : written
      const expected = mended(JSON.parse(asked))
      const is = parseJson(asked)
      if (JSON.stringify(is) !== JSON.stringify(expected)) throw new Error(JSON.stringify(is))
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  )
})

t.test('however deep a half stands', async (t) => {
  const depth = 200_000
  let value = parseJson(`${'['.repeat(depth)}"\\ud83d"${']'.repeat(depth)}`)
  for (let at = 0; at < depth; at++) value = (value as unknown[])[0]
  t.equal(value, '\ufffd')
})

t.test('what is no JSON is refused', async (t) => {
  for (const broken of ['', '{', '"\\ud83d', '{"a":"\\ud8"}', '\\ud83d'])
    t.throws(() => parseJson(broken), SyntaxError, broken)
})

t.test('a cut keeps as much as fits, and every pair or none of it', async () => {
  fc.assert(
    fc.property(
      text.map((any) => any.toWellFormed()),
      fc.integer({ min: 0, max: 12 }),
      (whole, maxChars) => {
        const ends = [cutText(whole, maxChars), endOfText(whole, maxChars)] as const
        for (const end of ends) {
          if (!end.isWellFormed() || end.length > maxChars) throw new Error(JSON.stringify(end))
          const least = Math.min(maxChars - 1, whole.length)
          if (end.length < least) throw new Error(`${JSON.stringify(end)} is too short`)
          if (whole.length <= maxChars && end !== whole) throw new Error('cut without need')
        }
        if (!whole.startsWith(ends[0]) || !whole.endsWith(ends[1])) throw new Error('other text')
      },
    ),
    { numRuns: 1000, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  )
})
