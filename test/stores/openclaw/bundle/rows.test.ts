import fc from 'fast-check'
import t from 'tap'
import type { ByteSource } from '../../../../src/stores/jsonl/byte-source.js'
import { type BundleRow, rowsOf } from '../../../../src/stores/openclaw/bundle/rows.js'
import { searches } from '../../../searches.js'

function sourceOf(bytes: Buffer): ByteSource {
  return {
    read: async (buffer, offset, length, position) => ({
      bytesRead: bytes.copy(buffer, offset, position, position + length),
    }),
  }
}

async function rowsIn(text: string): Promise<BundleRow[]> {
  const bytes = Buffer.from(text)
  const rows: BundleRow[] = []
  for await (const row of rowsOf(sourceOf(bytes), bytes.length)) rows.push(row)
  return rows
}

const LINES = [
  '{"a":1}',
  '{"text":"äöü 𝄞"}',
  '',
  '  ',
  '{"broken"',
  '[1]',
  'null',
  `{"long":"${'x'.repeat(70_000)}"}`,
]

t.test('numbers and objects are those of a plain split', async (t) => {
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...LINES)),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
    async (lines, ending, isTorn) => {
      const text = lines.join(ending) + (isTorn ? '' : ending)
      const plain = text.split(/\r?\n/).flatMap((line, at) => {
        const trimmed = line.trim()
        if (trimmed === '') return []
        const isObject = trimmed.startsWith('{') && trimmed.endsWith('}')
        return [{ number: at + 1, fields: isObject ? JSON.parse(trimmed) : null }]
      })
      const rows = (await rowsIn(text)).map(({ fields, number }) => ({ number, fields }))
      return JSON.stringify(rows) === JSON.stringify(plain)
    },
  )
  await fc.assert(property, searches(60))
  t.pass('they are')
})

t.test('what could not be written down again is no row', async (t) => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  t.match(await rowsIn(`${deep}\n{"b":1}\n`), [
    { number: 1, fields: null },
    { number: 2, fields: { b: 1 } },
  ])
  const huge = `{"a":"${'x'.repeat(9 * 1024 * 1024)}"}`
  t.match(await rowsIn(`${huge}\n{"b":1}\n`), [
    { number: 1, fields: null },
    { number: 2, fields: { b: 1 } },
  ])
})
