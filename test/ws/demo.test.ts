import { pino } from 'pino'
import t from 'tap'
import { parseConfig } from '../../src/config.js'
import { startServer } from '../../src/server.js'
import { until } from '../until.js'
import { subscribeBoth, type Told } from './both.js'

/** Events that must be the same at least; some seconds of the demo. */
const COMPARED = 40
/** Consecutive events by which the two streams, which began at different moments, are laid side by side. */
const MATCHED = 6

t.test('a demo run and a kill look the same over both surfaces', async (t) => {
  const { config } = parseConfig({
    SESSIONS_API_DEMO: '1',
    SESSIONS_API_DEMO_STEP_MS: '60',
    SESSIONS_API_PORT: '0',
    SESSIONS_API_DATA_DIR: t.testdir(),
  })
  const server = await startServer(config, pino({ level: 'silent' }))
  t.teardown(() => server.close())
  const token = server.adminToken ?? ''
  const { client, overSse, overWs } = await subscribeBoth(t, server.url, token, [])
  const { sessions } = await client.ask('sessions.list')
  const running = sessions.find(({ hasActiveRun }: { hasActiveRun: boolean }) => hasActiveRun)
  const begunAt = overWs().length
  const killed = await client.ask('sessions.kill', { key: running.key })
  t.match(killed.outcome, /killed|no_active_run/)
  await until(
    () => overWs().length >= begunAt + COMPARED && overSse().length >= begunAt + COMPARED,
    20_000,
  )
  const ws = overWs().slice(0, begunAt + COMPARED)
  await until(() => beside(ws, overSse()).length === ws.length)
  t.same(ws, beside(ws, overSse()))
  t.ok(ws.some(([, what]) => what === 'message'))
})

/** The part of `other` that lies beside `one`, found by how `one` begins. */
function beside(one: readonly Told[], other: readonly Told[]): readonly Told[] {
  const head = String(one.slice(0, MATCHED))
  const at = other.findIndex((_, from) => String(other.slice(from, from + MATCHED)) === head)
  return at === -1 ? [] : other.slice(at, at + one.length)
}
