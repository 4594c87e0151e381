import * as fc from 'fast-check'

/** An entry as it is written: a JSON string, and a JSON value. */
export interface StoreTextPart {
  readonly key: string
  readonly value: string
}

/** Entries as a gateway writes them. */
export function writeStore(parts: readonly StoreTextPart[]): Buffer {
  return Buffer.from(`{\n  ${parts.map(({ key, value }) => `${key}: ${value}`).join(',\n  ')}\n}`)
}

const KEYS = ['a', 'A', 'agent:main:a', 'agent:main:b', '__proto__', 'constructor', '7', '', 'é😀']

/** A string as its escapes allow to write it. */
const writtenString = (text: string) =>
  fc.constantFrom(
    JSON.stringify(text),
    `"${[...text].map((char) => (char.length === 1 ? escaped(char) : char)).join('')}"`,
  )

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const key = fc
  .oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 6 }))
  .chain((text) => writtenString(text))

const entry = fc.record(
  {
    sessionId: fc.constantFrom('s1', 's2', 3),
    updatedAt: fc.constantFrom(1, 2, 'x'),
    label: fc.string({ maxLength: 5, unit: 'binary' }),
    skillsSnapshot: fc.constant({ prompt: '}],{["\\', skills: [{ name: '\\"' }] }),
  },
  { requiredKeys: [] },
)

const value = fc.oneof(
  { weight: 5, arbitrary: entry.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: entry.map((value) => JSON.stringify(value, null, '\t')) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 200 })
      .map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  },
  { weight: 1, arbitrary: fc.constantFrom('null', '0', '-1.5e3', 'true', '""', '{}', '[]') },
)

const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/)

/** A JSON object, written in any way that JSON allows. */
export const storeText = fc
  .tuple(
    fc.array(fc.record({ key, value, before: space, between: space, after: space }), {
      maxLength: 6,
    }),
    space,
    fc.boolean(),
  )
  .map(([parts, around, hasBom]) => {
    const entries = parts.map(
      ({ after, before, between, key, value }) =>
        `${before}${key}${between}:${between}${value}${after}`,
    )
    return Buffer.from(
      `${hasBom ? '\uFEFF' : ''}${around}{${entries.join(',') || around}}${around}`,
    )
  })

const part = fc.record({ key, value })

/** A text, and another with some of its entries, in another order or twice, beside others; whole or damaged. */
export const storeChange = fc
  .array(part, { maxLength: 6 })
  .chain((parts) => {
    const some = fc.shuffledSubarray(parts)
    const lists = [fc.constant(parts), some, fc.array(part, { maxLength: 2 }), some]
    return fc.tuple(fc.constant(parts), ...lists.map((list) => fc.oneof(list, fc.constant([]))))
  })
  .chain(([parts, ...lists]) => {
    const now = writeStore(lists.flat())
    return fc.record({
      former: fc.constant(writeStore(parts)),
      now: fc.oneof(fc.constant(now), damaged(fc.constant(now))),
    })
  })

/** Bytes that structure a text, or break it. */
const BYTES = [...'{}[]",:\\ 0x\n'].map((char) => char.charCodeAt(0)).concat(0, 0x80, 0xe2, 0xff)

type Damage = (bytes: Buffer, at: number, byte: number) => Buffer

const DAMAGES: readonly Damage[] = [
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]),
  (bytes, at, byte) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at + 1)]),
]

/** A text that something happened to: torn, or with bytes that went, came or changed. */
function damaged(text: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const damage = fc.record({
    harm: fc.constantFrom(...DAMAGES),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.constantFrom(...BYTES),
  })
  return fc
    .tuple(text, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([text, damages]) =>
      damages.reduce<Buffer>(
        (bytes, { byte, harm, place }) => harm(bytes, Math.floor(place * bytes.length), byte),
        text,
      ),
    )
}

export const damagedStoreText = damaged(storeText)
