import * as fc from 'fast-check'
import { transcriptText } from './transcript-lines.js'

/** One injury to a file: where, as a share of its length, and of what kind. */
const injury = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom(
    'padding' as const,
    'padded edge' as const,
    'torn' as const,
    'lost newline' as const,
    'second writer' as const,
    'junk' as const,
  ),
  length: fc.integer({ min: 1, max: 40 }),
})

const RECORD = Buffer.from(
  '{"type":"message","id":"x1","parentId":null,"timestamp":"2026-11-21T04:18:27.000Z","message":{"role":"assistant","content":[{"type":"toolCall","id":"c","name":"exec","arguments":{"a":"{}"}}],"usage":{"input":7,"output":1}}}\n',
)

const JUNK = [
  '{',
  '}',
  '"',
  '\\',
  '[{"',
  '{"type":',
  '\u00e9',
  'null',
  '{"type":"x","ts":1}',
  ',',
  '\ufeff',
]

/** A transcript after power cuts and writers that knew nothing of each other. */
export const damagedText = fc
  .tuple(transcriptText, fc.array(injury, { maxLength: 6 }))
  .map(([text, injuries]) => injuries.reduce(hurt, Buffer.from(text)))

type Injury = typeof injury extends fc.Arbitrary<infer T> ? T : never

function hurt(bytes: Buffer, { at, kind, length }: Injury): Buffer {
  const place = Math.floor(at * bytes.length)
  const newline = bytes.indexOf('\n', place)
  const edge = newline === -1 ? bytes.length : newline
  switch (kind) {
    case 'padding':
      return insert(bytes, place, Buffer.alloc(length))
    case 'padded edge':
      return insert(bytes, edge + (length % 2), Buffer.alloc(length))
    case 'torn':
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length)])
    case 'lost newline':
      return Buffer.concat([bytes.subarray(0, edge), bytes.subarray(edge + 1)])
    case 'second writer':
      return insert(bytes, place, length % 2 === 0 ? RECORD : RECORD.subarray(0, -1))
    case 'junk':
      return insert(bytes, place, Buffer.from(JUNK[length % JUNK.length] ?? ''))
  }
}

function insert(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
}
