import { appendFile, mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { formatPosition } from '../../../../src/contract/position.js'
import type { LogSlice } from '../../../../src/contract/trajectory-log.js'
import { directoryWatcher } from '../../../../src/stores/jsonl/directory-watch.js'
import { RecordedLog } from '../../../../src/stores/openclaw/trajectory/recorded-log.js'
import { searches } from '../../../searches.js'
import { recorded, recordedLines, SESSION } from './recording-text.js'

const NAME = `${SESSION}.trajectory.jsonl`

/** The place before every line. */
const START = `r${formatPosition(0, crc32(SESSION))}`

function open(t: Test, text?: string, dir = t.testdir(text === undefined ? {} : { [NAME]: text })) {
  const directories = directoryWatcher({ pollMs: 60_000 })
  t.teardown(() => directories.close())
  const transcript = { dir, name: `${SESSION}.jsonl` }
  const log = new RecordedLog({ transcript, sessionId: SESSION, root: dir }, directories)
  return { log, path: join(dir, NAME) }
}

async function seqs(log: RecordedLog, limit: number, before?: string): Promise<number[]> {
  const page = await log.page({ limit, ...(before === undefined ? {} : { before }) })
  return (page?.events ?? []).map(({ seq }) => seq)
}

function seqsOf(slice: LogSlice | null): number[] {
  if (slice?.kind !== 'records') throw new Error(`no records but ${JSON.stringify(slice)}`)
  return slice.records.flatMap(({ events }) => events.map(({ seq }) => seq))
}

t.test('nothing, an empty file and a torn first line are no recording', async (t) => {
  t.equal(await open(t).log.page({ limit: 5 }), null)
  t.equal(await open(t, '').log.page({ limit: 5 }), null)
  const torn = open(t, recorded(1).slice(0, -1))
  t.equal(await torn.log.page({ limit: 5 }), null)
  t.equal(await torn.log.after('r0-00000000', 5).then((slice) => slice?.kind), 'lost')
})

t.test('pages go from the end to the start', async (t) => {
  const { log } = open(t, recordedLines(1, 10))
  const last = await log.page({ limit: 4 })
  t.strictSame(
    last?.events.map(({ seq }) => seq),
    [7, 8, 9, 10],
  )
  t.strictSame(await seqs(log, 4, last?.before ?? ''), [3, 4, 5, 6])
  const second = await log.page({ limit: 4, before: last?.before ?? '' })
  const first = await log.page({ limit: 4, before: second?.before ?? '' })
  t.match(first, { events: [{ seq: 1 }, { seq: 2 }], before: null })
})

t.test('what is no event costs no place on a page, and is counted', async (t) => {
  const noise = ['{"torn', 'null', '[]', '"text"', '{}', '\xff\xfe']
  const others = recorded(99, { sessionId: 'other' })
  const text = [recorded(1), ...noise.map((line) => `${line}\n`), '\n', others, recorded(2)].join(
    '',
  )
  const { log } = open(t, text)
  const page = await log.page({ limit: 2 })
  t.match(page, { events: [{ seq: 1 }, { seq: 2 }], before: null, brokenLines: noise.length })
})

t.test('of damaged lines the whole events are served, in pages and to followers', async (t) => {
  const nuls = '\0'.repeat(9000)
  const event = (seq: number) => recorded(seq).trimEnd()
  const torn = event(50).slice(0, 120)
  const { log } = open(
    t,
    [
      recorded(1),
      `${nuls}${event(2)}${nuls}${event(3)}${nuls}\n`,
      `${torn}${event(4)}\n`,
      `${torn}${event(5)}${event(50).slice(120)}\n`,
      `${nuls}\n`,
      recorded(6),
    ].join(''),
  )
  const page = await log.page({ limit: 9 })
  t.strictSame(
    page?.events.map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6],
  )
  t.equal(page?.brokenLines, 2)
  const found: number[] = []
  let place = START
  for (let more = true; more; ) {
    const slice = await log.after(place, 1)
    if (slice?.kind !== 'records') throw new Error(`no records but ${JSON.stringify(slice)}`)
    found.push(...seqsOf(slice))
    place = slice.end
    more = slice.more
  }
  t.strictSame(found, [1, 2, 3, 4, 5, 6])
})

t.test('line ends of another system, and a byte order mark', async (t) => {
  const { log } = open(t, `\ufeff${recorded(1)}${recorded(2)}`.replaceAll('\n', '\r\n'))
  t.strictSame(await seqs(log, 5), [1, 2])
})

t.test('a torn line waits for its newline', async (t) => {
  const { log, path } = open(t, recordedLines(1, 2))
  const end = (await log.page({ limit: 1 }))?.end ?? ''
  const line = recorded(3)
  for (const part of [line.slice(0, 40), line.slice(40, -1)]) {
    await appendFile(path, part)
    t.match(await log.after(end, 5), { kind: 'records', records: [], end })
    t.strictSame(await seqs(log, 1), [2])
  }
  await appendFile(path, '\n')
  t.strictSame(seqsOf(await log.after(end, 5)), [3])
})

t.test('after a place comes what was appended, and nothing twice', async (t) => {
  const { log, path } = open(t, recordedLines(1, 3))
  let place = (await log.page({ limit: 1 }))?.end ?? ''
  t.match(await log.after(place, 2), { kind: 'records', records: [], more: false })
  await appendFile(path, recordedLines(4, 6))
  const some = await log.after(place, 2)
  t.strictSame(seqsOf(some), [4, 5])
  t.match(some, { more: true })
  place = some?.kind === 'records' ? (some.records[0]?.place ?? '') : ''
  t.strictSame(seqsOf(await log.after(place, 9)), [5, 6], 'a place inside of a slice')
})

t.test('a slice of broken lines only says that there is more', async (t) => {
  const { log, path } = open(t, recorded(1))
  const end = (await log.page({ limit: 1 }))?.end ?? ''
  await appendFile(path, `${'broken\n'.repeat(5)}${recorded(2)}`)
  let slice = await log.after(end, 2)
  t.match(slice, { kind: 'records', records: [], more: true })
  for (let left = 5; left > 0 && slice?.kind === 'records' && slice.records.length === 0; left--)
    slice = await log.after(slice.end, 2)
  t.strictSame(seqsOf(slice), [2])
})

t.test('a place that no longer holds is lost, and its reason is told', async (t) => {
  const { log, path } = open(t, recordedLines(1, 5))
  const end = (await log.page({ limit: 1 }))?.end ?? ''
  await writeFile(path, recordedLines(11, 19))
  t.match(await log.after(end, 5), { kind: 'lost', reason: 'rewritten' })
  await t.rejects(log.page({ limit: 1, before: end }), { code: 'cursor_gone' })
  await truncate(path, 100)
  t.match(await log.after(end, 5), { kind: 'lost', reason: 'truncated' })
  t.match(await log.after('t5-00000000', 5), { kind: 'lost', reason: 'unknown_position' })
})

t.test('a place does not tell what was said', async (t) => {
  const place = async (prompt: string) =>
    (await open(t, recorded(1, { data: { prompt } })).log.page({ limit: 1 }))?.end
  t.equal(await place('yes'), await place('no!'))
})

t.test('a line too long to load is served cut', async (t) => {
  const prompt = 'x'.repeat(9 * 1024 * 1024)
  const { log } = open(t, recorded(1, { data: { prompt } }) + recorded(2))
  const page = await log.page({ limit: 2 })
  t.match(page, { events: [{ seq: 1, truncated: true }, { seq: 2 }] })
  t.ok(JSON.stringify(page).length < 5 * 1024 * 1024)
})

t.test('changes ring for the recording and its pointer, until the signal', async (t) => {
  const { log, path } = open(t, recorded(1))
  const ending = new AbortController()
  const changes = log.changes(ending.signal)[Symbol.asyncIterator]()
  const rung = changes.next()
  await appendFile(path, recorded(2))
  t.match(await rung, { done: false })
  const last = (async () => {
    while (!(await changes.next()).done);
  })()
  ending.abort()
  await last
})

t.test('read in any steps, while it grows in any pieces, everything comes once', async (t) => {
  let files = 0
  const dir = t.testdir()
  const text = recordedLines(1, 12)
  const cuts = fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 3 }), async (at, limit) => {
      const folder = join(dir, String(files++))
      await mkdir(folder)
      const { log, path } = open(t, undefined, folder)
      const edges = [...new Set([0, ...at, text.length])].sort((a, b) => a - b)
      const seen: number[] = []
      let place: string | null = null
      for (const [index, edge] of edges.slice(1).entries()) {
        await appendFile(path, text.slice(edges[index], edge))
        for (;;) {
          if (place === null) {
            const page = await log.page({ limit: 100 })
            if (page === null) break
            seen.push(...page.events.map(({ seq }) => seq))
            place = page.end
          }
          const slice = await log.after(place, limit)
          if (slice?.kind !== 'records') return false
          seen.push(...seqsOf(slice))
          place = slice.end
          if (!slice.more || slice.records.length === 0) break
        }
      }
      return seen.join() === Array.from({ length: 12 }, (_, i) => i + 1).join()
    }),
    searches(40),
  )
})
