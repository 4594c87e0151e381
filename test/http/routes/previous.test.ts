import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { HistoryPage } from '../../../src/contract/history.js'
import type { SessionDetail } from '../../../src/contract/session.js'
import type { TrajectoryPage } from '../../../src/contract/trajectory.js'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'
import { openclawFiles } from '../../../src/stores/openclaw/index.js'
import { StateDir } from '../../stores/openclaw/state-dir.js'
import { chat } from '../../suites/transcript-text.js'
import { at, MAIN, startService } from '../service.js'

const [OLD, NOW] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']
const ENDED = '2026-11-21T04-26-06.320Z'

async function service() {
  const root = await mkdtemp(join(tmpdir(), 'previous-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const dir = new StateDir(root)
  await dir.store('main', { [MAIN]: { sessionId: NOW, usageFamilySessionIds: [OLD, NOW] } })
  await dir.transcript('main', `${NOW}.jsonl`, chat(NOW, 1, 'n'))
  await dir.transcript('main', `${OLD}.jsonl.reset.${ENDED}`, chat(OLD, 5, 'o'))
  const store = openclawFiles({ stateDir: root, homeDir: root })
  const started = await startService(t, {
    store: memoryStore(),
    others: [store],
    tokens: [{ name: 'blind', scopes: ['operator.read'], redact: 'all' }],
  })
  t.teardown(() => store.close())
  return started
}

t.test('history before a reset is listed and read on every route', async (t) => {
  const { as, url } = await service()
  const get = (path: string, name = 'reader') =>
    fetch(`${url}/api/sessions/${at(MAIN)}${path}`, { headers: as(name) })
  const json = async <T>(path: string, name?: string) => (await (await get(path, name)).json()) as T
  const { previousTranscripts } = await json<SessionDetail>('')
  t.match(previousTranscripts, [
    { sessionId: OLD, endedAt: '2026-11-21T04:26:06.320Z', reason: 'reset' },
  ])
  t.equal(previousTranscripts.length, 1)
  const old = `sessionId=${OLD}`
  const page = await json<HistoryPage>(`/history?${old}&limit=2&includeTools=1`)
  t.match(page, { sessionKey: MAIN, sessionId: OLD, hasMore: true })
  const older = await json<HistoryPage>(
    `/history?${old}&limit=100&includeTools=1&cursor=${page.nextCursor}`,
  )
  t.match(older, { sessionId: OLD, hasMore: false })
  const seqs = [...older.messages, ...page.messages].map(({ __openclaw }) => __openclaw.seq)
  t.strictSame(
    seqs,
    seqs.map((_, n) => n + 1),
  )
  t.match(JSON.stringify(page.messages), /o\d/)
  const hidden = await json<HistoryPage>(`/history?${old}&limit=2`, 'blind')
  t.equal(hidden.sessionId, OLD)
  t.notMatch(JSON.stringify(hidden.messages.map(({ content }) => content)), /o\d/, 'redacted too')
  t.equal((await get(`/history?cursor=${page.nextCursor}`)).status, 409, 'no place of this one')
  t.match(await json(`/history?sessionId=${NOW}`), { sessionId: NOW })
  const exported = await (await get(`/export?${old}`)).text()
  t.equal(exported.trim().split('\n').length, seqs.length)
  t.match((await get(`/export?${old}`)).headers.get('content-disposition'), OLD)
  t.match(await json<TrajectoryPage>(`/trajectory?${old}`), {
    sessionId: OLD,
    source: 'transcript',
  })
  for (const path of ['history', 'trajectory', 'export']) {
    const other = await get(`/${path}?sessionId=${ENDED}`)
    t.equal(other.status, 404, path)
    t.match(await other.json(), { error: { code: 'session_not_found' } })
  }
  for (const path of ['history', 'trajectory']) {
    const followed = await get(`/${path}?${old}&follow=1`)
    t.equal(followed.status, 400)
    t.match(await followed.json(), { error: { details: { parameter: 'sessionId' } } })
  }
})
