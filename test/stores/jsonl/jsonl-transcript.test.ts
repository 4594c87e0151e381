import { appendFile, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { directoryWatcher } from '../../../src/stores/jsonl/directory-watch.js'
import { jsonlTranscripts } from '../../../src/stores/jsonl/transcripts.js'
import { MemoryTranscript } from '../../../src/stores/memory/memory-transcript.js'
import { searches } from '../../searches.js'
import { damagedText } from './damaged-text.js'
import { readAll } from './read-all.js'
import { transcriptText } from './transcript-lines.js'

const PRICES = new Map([['mock/priced', { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 }]])
const RUNS = 60

const root = await mkdtemp(join(tmpdir(), 'transcripts-'))
t.teardown(() => rm(root, { recursive: true, force: true }))
const directories = directoryWatcher({ pollMs: 200 })
t.teardown(() => directories.close())
let files = 0

/** An indexed transcript over a new file, and the plain reader of the same bytes. */
function pair() {
  const path = join(root, `t${files++}.jsonl`)
  const transcripts = jsonlTranscripts({ directories, prices: PRICES })
  const indexed = transcripts.open({ path, sessionId: 's1', cutParts: async () => [] })
  return { path, indexed, plain: new MemoryTranscript('s1', PRICES) }
}

t.test(
  'an index answers as a reader of the whole file does, however the file came to be and was damaged',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          transcriptText.map((text) => Buffer.from(text)),
          damagedText,
        ),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        async (bytes, cuts, limit) => {
          const { path, indexed, plain } = pair()
          const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort(
            (a, b) => a - b,
          )
          let from = 0
          for (const end of ends) {
            await appendFile(path, bytes.subarray(from, end))
            plain.append(bytes.subarray(from, end))
            from = end
            t.strictSame(await readAll(indexed, limit), await readAll(plain, limit))
          }
        },
      ),
      searches(RUNS),
    )
  },
)

const record = (id: string, more = '') =>
  `{"type":"message","id":"${id}","timestamp":"2026-11-21T04:18:27.000Z","message":{"role":"user","content":"${id}"${more}}}`
const NULS = '\0'.repeat(5000)
const torn = record('torn').slice(0, 90)
const result = `{"type":"message","id":"r","parentId":null,"timestamp":"2026-11-21T04:18:27.000Z","message":{"role":"toolResult","toolCallId":"c","content":[{"type":"text","text":"${'x'.repeat(9000)}`

const DAMAGED: readonly [what: string, text: string, ids: string, broken: number][] = [
  ['NULs before a record', `${NULS}${record('a')}\n`, 'a', 0],
  ['NULs after a record', `${record('a')}${NULS}\n`, 'a', 0],
  ['NULs in the place of a newline', `${record('a')}${NULS}${record('b')}\n`, 'a,b', 0],
  ['a line of NULs', `${record('a')}\n${NULS}\n${record('b')}\n`, 'a,b', 0],
  ['NULs inside of a record', `${torn}${NULS}${record('b').slice(90)}\n${record('c')}\n`, 'c', 1],
  ['a whole record after a torn one', `${torn}${record('b')}\n`, 'b', 1],
  ['a torn record after a whole one', `${record('a')}${torn}\n`, 'a', 1],
  ['a record inside of another', `${torn}${record('b')}${record('a').slice(90)}\n\n`, 'b', 1],
  ['a lost newline', `${record('a')}${record('b')}\n`, 'a,b', 0],
  ['the end of a record before a whole one', `${record('a').slice(60)}${record('b')}\n`, 'b', 1],
  ['torn where a value was to come', `{"type":"message","message":${record('b')}\n`, 'b', 1],
  ['torn in an escape', `{"type":"message","message":{"a":"\\${record('b')}\n`, 'b', 1],
  ['torn in a list', `{"type":"x","list":[1,${record('b')}\n`, 'b', 1],
  ['torn in a long tool result', `${result}${record('b')}\n`, 'b', 1],
  [
    'torn in a long tool result that the other writer spaces',
    `${result}{"type": "message", "id": "b", "message": {"role": "user"}}\n`,
    'b',
    1,
  ],
  ['a list of records is none', `[${record('a')}]\n${record('b')}\n`, 'b', 1],
  [
    'what is inside of a torn record is none',
    `{"type":"message","message":{"content":[{"type":"toolCall","id":"t","arguments":{}}\n`,
    '',
    1,
  ],
  [
    'a record after many NULs',
    `${record('a')}\n${'\0'.repeat(9_000_000)}${record('b')}\n${record('c')}\n`,
    'a,b,c',
    0,
  ],
  [
    'a huge torn record',
    `{"type":"message","x":"${'y'.repeat(9_000_000)}${record('b')}${torn}\n${record('c')}\n`,
    'b,c',
    1,
  ],
]

t.test(
  'of damaged lines the whole records are served, and each such line is counted once',
  async (t) => {
    for (const [what, text, ids, broken] of DAMAGED) {
      const { path, indexed, plain } = pair()
      const start = await indexed.mark('all')
      await writeFile(path, text)
      // Sums first: they must not depend on what a page finds out.
      const totals = await indexed.totals()
      t.equal(totals.userMessages, ids === '' ? 0 : ids.split(',').length, `${what}: counted`)
      const slice = await indexed.after(start.position, 'all', 9)
      const found = slice.kind === 'entries' ? slice.entries.map(({ id }) => id) : [slice.reason]
      t.equal(found.join(','), ids, `${what}: followed`)
      const { entries } = await indexed.page({ branch: 'all', limit: 9, includeTools: true })
      t.equal(entries.map(({ id }) => id).join(','), ids, what)
      t.match(await indexed.mark('all'), { brokenLines: broken }, `${what}: counted as broken`)
      if (text.length > 100_000) continue
      plain.replace(text)
      t.strictSame(await readAll(indexed, 3), await readAll(plain, 3), `${what}: read plainly`)
    }
  },
)

t.test('a file that was rewritten, replaced or truncated is read anew', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      transcriptText,
      transcriptText,
      fc.constantFrom('rewrite' as const, 'replace' as const, 'truncate' as const),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (before, after, how, cut) => {
        const { path, indexed, plain } = pair()
        await writeFile(path, before)
        plain.replace(before)
        const { position } = await indexed.mark('active')
        t.equal(position, (await plain.mark('active')).position)
        if (how === 'truncate') {
          const length = Math.floor(cut * Buffer.byteLength(before))
          await truncate(path, length)
          plain.replace(Buffer.from(before).subarray(0, length))
        } else if (how === 'replace') {
          await writeFile(`${path}.tmp`, after)
          await rename(`${path}.tmp`, path)
          plain.replace(after)
        } else {
          await writeFile(path, after)
          plain.replace(after)
        }
        t.strictSame(await readAll(indexed, 3), await readAll(plain, 3))
        const [own, other] = [
          await indexed.after(position, 'active', 5),
          await plain.after(position, 'active', 5),
        ]
        t.equal(own.kind, other.kind)
      },
    ),
    searches(RUNS),
  )
})

const message = (id: string, text: string) =>
  `${JSON.stringify({ type: 'message', id, message: { role: 'user', content: text } })}\n`

t.test('a line over the limit is served cut and the lines around it whole', async (t) => {
  const { path, indexed } = pair()
  const huge = '\\"é\\u00e9'.repeat(3_000_000).slice(0, 20 * 1024 * 1024 - 7)
  const escaped = huge.slice(0, huge.lastIndexOf('\\"'))
  await writeFile(path, message('a', 'before'))
  await appendFile(
    path,
    `{"type":"message","id":"b","message":{"role":"user","content":"${escaped}","idempotencyKey":"kept"}}\n`,
  )
  await appendFile(path, message('c', 'after'))
  const { entries } = await indexed.page({ branch: 'active', limit: 10, includeTools: true })
  t.same(
    entries.map((entry) => entry.id),
    ['a', 'b', 'c'],
  )
  const cut = entries[1]?.message
  const content = String(cut?.content)
  t.equal(cut?.__openclaw.truncated, true)
  t.equal(cut?.idempotencyKey, 'kept')
  t.ok(content.startsWith('"éé"éé'))
  t.ok(content.length <= 512 * 1024)
  t.equal(entries[2]?.message.content, 'after')
})

t.test('a huge line of many small values is cut at a whole member', async (t) => {
  const { path, indexed } = pair()
  const numbers = '[1,2],'.repeat(2_000_000)
  await writeFile(
    path,
    `{"type":"message","id":"b","message":{"role":"user","content":"text","list":[${numbers}0]}}\n`,
  )
  const { entries } = await indexed.page({ branch: 'active', limit: 10, includeTools: true })
  t.equal(entries[0]?.message.content, 'text')
  t.equal(entries[0]?.message.__openclaw.truncated, true)
})

t.test('ten thousand levels of nesting are cut', async (t) => {
  const { path, indexed } = pair()
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
  await writeFile(
    path,
    `{"type":"message","id":"a","message":{"role":"user","content":"text","deep":${deep}}}\n`,
  )
  const { entries } = await indexed.page({ branch: 'active', limit: 10, includeTools: true })
  t.equal(entries[0]?.message.__openclaw.truncated, true)
  t.doesNotThrow(() => JSON.stringify(entries))
})

t.test('nothing is read through a link', async (t) => {
  const { path, indexed } = pair()
  await writeFile(`${path}.secret`, message('a', 'secret'))
  await symlink(`${path}.secret`, path)
  t.match(await indexed.mark('active'), { seq: 0 })
})

t.test('a missing transcript is empty, and read when it comes', async (t) => {
  const { path, indexed } = pair()
  t.match(await indexed.page({ branch: 'active', limit: 1, includeTools: true }), {
    entries: [],
    hasMore: false,
  })
  await writeFile(path, message('a', 'here'))
  t.match(await indexed.mark('active'), { seq: 1 })
})

t.test('an append is noticed, whoever made it', async (t) => {
  const { path, indexed } = pair()
  await writeFile(path, '')
  const ended = new AbortController()
  const changes = indexed.changes(ended.signal)[Symbol.asyncIterator]()
  let seq = 0
  await appendFile(path, message('a', 'one'))
  while (seq < 1) {
    await changes.next()
    seq = (await indexed.mark('active')).seq
  }
  ended.abort()
  t.same(await changes.next(), { done: true, value: undefined })
  t.equal(directories.size, 0)
})

t.test('usage in parts that were cut off counts, each entry once', async (t) => {
  const path = join(root, 'cut.jsonl')
  const call = (id: string, total: number) =>
    `${JSON.stringify({
      type: 'message',
      id,
      message: {
        role: 'assistant',
        content: [],
        model: 'm',
        usage: { input: 10, output: 1, cost: { total } },
      },
    })}\n`
  await writeFile(`${path}.bak.1`, call('a', 0.25) + call('b', 0.5))
  await writeFile(path, call('b', 0.5) + call('c', 1))
  const transcripts = jsonlTranscripts({ directories, prices: PRICES })
  const transcript = transcripts.open({
    path,
    sessionId: 's',
    cutParts: async () => [`${path}.bak.1`],
  })
  t.match(await transcript.totals(), { cost: 1.75, inputTokens: 30, costSource: 'reported' })
})
