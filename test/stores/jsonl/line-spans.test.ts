import fc from 'fast-check'
import t from 'tap'
import type { ByteSource } from '../../../src/stores/jsonl/byte-source.js'
import { lastLineEnd, spansAfter, spansBefore } from '../../../src/stores/jsonl/line-spans.js'
import { searches } from '../../searches.js'

/** Bytes that count how many of them were read. */
class Bytes implements ByteSource {
  readonly #bytes: Buffer
  readBytes = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  async read(buffer: Buffer, offset: number, length: number, position: number) {
    const bytesRead = this.#bytes.copy(buffer, offset, position, position + length)
    this.readBytes += bytesRead
    return { bytesRead }
  }
}

/** Lines of a text with their newlines, and what is torn. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => `${line}\n`)
}

const texts = fc
  .array(
    fc.oneof(fc.constant('\n'), fc.string({ maxLength: 9 }), fc.constant('x'.repeat(70_000))),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''))

t.test('walked back from the end or on from the start, the lines are all there', async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 4 }), async (text, lines) => {
      const whole = Buffer.from(text)
      const source = new Bytes(whole)
      const at = ({ from, to }: { from: number; to: number }) => whole.toString('utf8', from, to)
      const limits = { lines, bytes: Number.POSITIVE_INFINITY }
      const end = await lastLineEnd(source, source.size)
      const back: string[] = []
      for (let to = end; to > 0; ) {
        const { reached, spans } = await spansBefore(source, to, limits)
        back.unshift(...spans.map(at))
        if (reached >= to || spans.length > lines) return false
        to = reached
      }
      const on: string[] = []
      for (let from = 0; ; ) {
        const { reached, spans } = await spansAfter(source, from, source.size, limits)
        if (spans.length === 0) break
        on.push(...spans.map(at))
        from = reached
      }
      const wanted = JSON.stringify(linesOf(text))
      return JSON.stringify(back) === wanted && JSON.stringify(on) === wanted
    }),
    searches(60),
  )
})

t.test('memory is bounded by bytes, but one line is always found', async (t) => {
  const source = new Bytes(Buffer.from(`${'a'.repeat(99)}\n`.repeat(10)))
  const some = { lines: 10, bytes: 250 }
  t.equal((await spansBefore(source, 1000, some)).spans.length, 2)
  t.equal((await spansAfter(source, 0, 1000, some)).spans.length, 2)
  const none = { lines: 10, bytes: 0 }
  t.strictSame((await spansBefore(source, 1000, none)).spans, [{ from: 900, to: 1000 }])
  t.strictSame((await spansAfter(source, 0, 1000, none)).spans, [{ from: 0, to: 100 }])
})

t.test('the end of a large file costs no more than the lines that are wanted', async (t) => {
  const source = new Bytes(Buffer.from(`${'a'.repeat(999)}\n`.repeat(20_000)))
  await spansBefore(source, source.size, { lines: 50, bytes: 1e9 })
  t.ok(source.readBytes <= 128 * 1024, `${source.readBytes} bytes`)
})

t.test('a torn line is not looked through again', async (t) => {
  const source = new Bytes(Buffer.from('a'.repeat(500_000)))
  const limits = { lines: 1, bytes: 0 }
  t.strictSame(await spansAfter(source, 0, source.size, limits), { spans: [], reached: 0 })
  const before = source.readBytes
  await spansAfter(source, 0, source.size, limits, source.size)
  t.equal(source.readBytes, before)
})
