import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { MAIN, startService } from '../http/service.js'
import { jsonOf, openclawCli } from './openclaw-cli.js'
import { testedRelease } from './release.js'

const release = testedRelease()
const { tokens, url } = await startService(t)
const address = `${url.replace('http', 'ws')}/ws`
const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))

/** What OpenClaw's own command line says of our server. */
const openclaw = openclawCli(release, home)

const at = (token = tokens.reader ?? '') => ['--url', address, '--token', token]

async function call(method: string, params: object): Promise<Record<string, unknown>> {
  const words = ['gateway', 'call', method, '--json', '--params', JSON.stringify(params), ...at()]
  return jsonOf(await openclaw(...words))
}

t.test('gateway call reaches the methods that read', async (t) => {
  t.match(await call('sessions.list', {}), { count: 2, totalCount: 2 })
  t.match(await call('sessions.describe', { key: MAIN }), { session: { key: MAIN } })
  t.match(await call('sessions.preview', { keys: [MAIN] }), { previews: [{ status: 'ok' }] })
  t.match(await call('chat.history', { sessionKey: MAIN }), { sessionKey: MAIN, messages: Array })
  t.match(await call('health', {}), { ok: true })
})

t.test('gateway status and health', async (t) => {
  const status = await openclaw('gateway', 'status', ...at())
  t.equal(status.exit, 0, status.text)
  t.match(status.text, address)
  t.notMatch(status.text, /probe: failed|handshake failed|unauthorized/i)
  const health = await openclaw('gateway', 'health', ...at())
  t.equal(health.exit, 0, health.text)
  t.match(health.text, /OK/)
})

t.test('what is refused is said', async (t) => {
  const unknown = await openclaw('gateway', 'call', 'sessions.bogus', ...at(), '--params', '{}')
  t.not(unknown.exit, 0)
  t.match(unknown.text, /unknown method: sessions.bogus/)
  const stranger = await openclaw('gateway', 'call', 'health', ...at('wrong'))
  t.not(stranger.exit, 0)
  t.match(stranger.text, /unauthorized|token/i)
})
