import { EventSource } from 'eventsource'
import t from 'tap'
import type { Message } from '../../src/contract/message.js'
import type { Session } from '../../src/contract/session.js'
import { line, MAIN, type Service, startService } from '../http/service.js'
import { until } from '../until.js'

interface LiveTable {
  readonly rows: ReadonlyMap<string, Session>
  readonly messages: ReadonlyMap<number, Message>
  readonly resets: readonly string[]
  readonly source: { close(): void }
  start(): Promise<void>
}

type LiveTableClass = new (options: {
  url: string
  token: string | undefined
  follow: string
  EventSource: unknown
}) => LiveTable

const SCRIPT = '../../examples/live-table.mjs'

async function listed({ url, as }: Service): Promise<Record<string, string | null>> {
  const answer = await fetch(`${url}/api/sessions?limit=1000`, { headers: as('reader') })
  const { sessions } = (await answer.json()) as { sessions: Session[] }
  return Object.fromEntries(sessions.map(({ key, label }) => [key, label]))
}

t.test('the example stays in sync, across a restart of the service', async (t) => {
  const { LiveTable } = (await import(SCRIPT)) as { LiveTable: LiveTableClass }
  const directory = t.testdir()
  const first = await startService(t, { directory })
  const { url, store, tokens } = first
  const table = new LiveTable({ url, token: tokens.reader, follow: MAIN, EventSource })
  t.teardown(() => table.source.close())
  await table.start()
  const shown = () =>
    Object.fromEntries([...table.rows.values()].map(({ key, label }) => [key, label]))
  const seqs = () => [...table.messages.keys()].sort((a, b) => a - b)

  store.put({ key: 'agent:main:new', sessionId: 'new', label: 'fresh' })
  store.append(MAIN, line(4, 'four'))
  await until(() => shown()['agent:main:new'] === 'fresh' && seqs().includes(4))
  t.same(shown(), await listed(first))

  await first.app.close()
  await first.auth.close()
  await first.manager.close()
  store.remove('agent:main:new')
  store.append(MAIN, line(5, 'five'))
  const port = Number(new URL(url).port)
  const second = await startService(t, { directory, port, store, known: tokens })
  await until(() => !('agent:main:new' in shown()) && seqs().includes(5))
  store.append(MAIN, line(6, 'six'))
  store.put({ key: MAIN, label: 'after the restart' })
  await until(() => shown()[MAIN] === 'after the restart' && seqs().includes(6))
  t.same(seqs(), [1, 2, 3, 4, 5, 6], 'without a gap')
  t.same(shown(), await listed(second))
  t.ok(table.resets.includes('restarted'), 'it was told that its place was gone')
})
