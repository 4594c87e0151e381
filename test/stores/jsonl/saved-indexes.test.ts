import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { directoryWatcher } from '../../../src/stores/jsonl/directory-watch.js'
import { jsonlTranscripts } from '../../../src/stores/jsonl/transcripts.js'
import { MemoryTranscript } from '../../../src/stores/memory/memory-transcript.js'
import { searches } from '../../searches.js'
import { readAll } from './read-all.js'
import { transcriptText } from './transcript-lines.js'

const root = await mkdtemp(join(tmpdir(), 'saved-'))
t.teardown(() => rm(root, { recursive: true, force: true }))
const directories = directoryWatcher()
t.teardown(() => directories.close())
let files = 0

/** A process's life: opens the transcript, reads all of it, closes. Small limits make it save and use its thread. */
async function live(path: string, dataDir: string, threadBytes: number) {
  const transcripts = jsonlTranscripts({
    directories,
    prices: new Map(),
    dataDir,
    limits: { threadBytes, saveBytes: 0 },
  })
  const transcript = transcripts.open({ path, sessionId: 's1', cutParts: async () => [] })
  const answers = await readAll(transcript, 5)
  await transcripts.close()
  return answers
}

async function plainly(text: string | Uint8Array) {
  const plain = new MemoryTranscript('s1')
  plain.replace(text)
  return readAll(plain, 5)
}

t.test(
  'an index goes on after a restart, in a thread or not, wherever its file was cut',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        transcriptText,
        transcriptText,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('kept' as const, 'cut' as const, 'flipped' as const),
        fc.constantFrom('append' as const, 'rewrite' as const),
        fc.oneof(
          { weight: 9, arbitrary: fc.constant(1e9) },
          { weight: 1, arbitrary: fc.constant(0) },
        ),
        async (first, second, place, damage, change, threadBytes) => {
          const path = join(root, `t${files++}.jsonl`)
          const dataDir = join(root, `data${files}`)
          await writeFile(path, first)
          t.strictSame(await live(path, dataDir, threadBytes), await plainly(first))
          const folder = join(dataDir, 'transcript-index')
          for (const name of await readdir(folder).catch(() => []))
            await harm(join(folder, name), damage, place)
          if (change === 'append') await appendFile(path, second)
          else await writeFile(path, second)
          const now = change === 'append' ? first + second : second
          t.strictSame(await live(path, dataDir, threadBytes), await plainly(now))
        },
      ),
      searches(25),
    )
  },
)

async function harm(path: string, damage: 'kept' | 'cut' | 'flipped', place: number) {
  const bytes = await readFile(path)
  const at = Math.floor(place * (bytes.length - 1))
  if (damage === 'cut') await truncate(path, at)
  if (damage === 'flipped') {
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at)
    await writeFile(path, bytes)
  }
}

t.test('a saved index spares reading what it covers', async (t) => {
  const path = join(root, 'big.jsonl')
  const dataDir = join(root, 'data-big')
  const line = (i: number) =>
    `${JSON.stringify({ type: 'message', id: `m${i}`, message: { role: 'user', content: 'x'.repeat(900) } })}\n`
  const text = Array.from({ length: 2000 }, (_, i) => line(i)).join('')
  await writeFile(path, text)
  await live(path, dataDir, 1e9)
  t.equal((await readdir(join(dataDir, 'transcript-index'))).length, 1)
  // Bytes in the middle change without a trace at either end: an index that was trusted does not see them.
  const bytes = Buffer.from(text)
  bytes.write('"hidden":"m', text.indexOf('"id":"m1000"') - 20)
  const transcripts = jsonlTranscripts({
    directories,
    prices: new Map(),
    dataDir,
    limits: { threadBytes: 1e9, saveBytes: 0 },
  })
  const transcript = transcripts.open({ path, sessionId: 's1', cutParts: async () => [] })
  const handle = await import('node:fs/promises').then(({ open }) => open(path, 'r+'))
  await handle.write(bytes, 900_000, 100, 900_000)
  await handle.close()
  t.match(await transcript.mark('active'), { seq: 2000, brokenLines: 0 })
  await transcripts.close()
})
