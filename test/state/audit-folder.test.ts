import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type AuditEntry, AuditQuery } from '../../src/contract/audit.js'
import { openAuditFolder } from '../../src/state/audit-folder.js'

const START_MS = Date.UTC(2026, 10, 21)

function entry(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  const at = new Date(START_MS + n * 1000).toISOString()
  const who = { token: 'anna', tokenId: 'aaaaaaaa' }
  const what = { action: 'pause', session: `agent:a:${n}`, outcome: 'paused' } as const
  return { at, ...who, ...what, ok: true, runId: null, reason: null, bulk: false, ...more }
}

const query = (given: Record<string, unknown> = {}) => AuditQuery.parse(given)
const sessions = ({ entries }: { entries: readonly AuditEntry[] }) =>
  entries.map(({ session }) => session)

t.test('pages go from the newest to the oldest, and miss nothing across files', async (t) => {
  const log = await openAuditFolder(t.testdir(), { maxFileBytes: 500 })
  for (let n = 0; n < 25; n++) await log.append(entry(n))
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page = await log.page(query({ limit: 4, ...(cursor === null ? {} : { cursor }) }))
    seen.push(...sessions(page))
    cursor = page.nextCursor
    t.equal(page.hasMore, cursor !== null)
  } while (cursor !== null)
  t.strictSame(
    seen,
    Array.from({ length: 25 }, (_, n) => `agent:a:${24 - n}`),
  )
})

t.test('entries appended at once are all kept, in their order, and after a restart', async (t) => {
  const folder = t.testdir()
  const log = await openAuditFolder(folder)
  await Promise.all(Array.from({ length: 200 }, (_, n) => log.append(entry(n))))
  const again = await openAuditFolder(folder)
  await again.append(entry(200))
  const page = await again.page(query({ limit: 1000 }))
  t.strictSame(
    sessions(page).toReversed(),
    Array.from({ length: 201 }, (_, n) => `agent:a:${n}`),
  )
})

t.test('a cursor stays where it is while entries are added', async (t) => {
  const log = await openAuditFolder(t.testdir())
  for (let n = 0; n < 4; n++) await log.append(entry(n))
  const { nextCursor } = await log.page(query({ limit: 2 }))
  await log.append(entry(4))
  t.strictSame(sessions(await log.page(query({ cursor: nextCursor }))), ['agent:a:1', 'agent:a:0'])
})

t.test('filters', async (t) => {
  const log = await openAuditFolder(t.testdir())
  await log.append(entry(0))
  await log.append(entry(1, { action: 'kill', killedSessions: ['agent:a:1', 'agent:a:child'] }))
  await log.append(entry(2, { token: 'ben', tokenId: 'bbbbbbbb' }))
  const found = async (given: object) => sessions(await log.page(query({ ...given })))
  t.strictSame(await found({ session: 'agent:a:0' }), ['agent:a:0'])
  t.strictSame(await found({ session: 'AGENT:a:0' }), [], 'another case is another session')
  t.strictSame(await found({ session: 'agent:a:child' }), ['agent:a:1'], 'taken along by a kill')
  t.strictSame(await found({ action: 'kill' }), ['agent:a:1'])
  t.strictSame(await found({ token: 'ben' }), ['agent:a:2'])
  t.strictSame(await found({ token: 'bbbbbbbb' }), ['agent:a:2'])
  t.strictSame(await found({ since: entry(1).at }), ['agent:a:2', 'agent:a:1'])
  t.strictSame(await found({ since: '2026-11-21T01:00:02+01:00' }), ['agent:a:2'])
})

t.test('only so many files are kept', async (t) => {
  const folder = t.testdir()
  const log = await openAuditFolder(folder, { maxFileBytes: 1, maxFiles: 3 })
  for (let n = 0; n < 10; n++) await log.append(entry(n))
  t.equal((await readdir(folder)).length, 3)
  t.strictSame(sessions(await log.page(query())), ['agent:a:9', 'agent:a:8', 'agent:a:7'])
})

t.test('a line torn by a crash, and foreign files, are passed over', async (t) => {
  const folder = t.testdir({ 'notes.txt': 'not ours' })
  const log = await openAuditFolder(folder)
  await log.append(entry(0))
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'))
  await appendFile(join(folder, name), '{"at":"2026-11-2')
  const again = await openAuditFolder(folder)
  await again.append(entry(1))
  t.strictSame(sessions(await again.page(query())), ['agent:a:1', 'agent:a:0'])
})
