import t from 'tap'
import { AuditPage } from '../../../src/contract/audit.js'
import { at, MAIN, type Service, startService, WORK } from '../service.js'

const post = (service: Service, path: string, body: unknown, token = 'admin') =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { ...service.as(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

async function audit(service: Service, query = '', token = 'admin') {
  const answer = await fetch(`${service.url}/api/audit${query}`, { headers: service.as(token) })
  return { status: answer.status, body: await answer.json() }
}

t.test(
  'every action is written down before and after, those that failed too, the newest first',
  async (t) => {
    const service = await startService(t)
    const run = service.runs.start({ sessionKey: MAIN, runId: 'r1' })
    run.signal.addEventListener('abort', () => run.end())
    await post(
      service,
      `/api/sessions/${at(WORK)}/control`,
      { action: 'pause', reason: 'why' },
      'writer',
    )
    await post(service, `/sessions/${at(MAIN)}/kill`, {})
    await post(service, '/api/sessions/control', { action: 'resume', keys: [WORK] })
    await post(service, '/api/sessions/control', { action: 'resume', keys: [WORK], dryRun: true })
    const { status, body } = await audit(service)
    t.equal(status, 200)
    const page = AuditPage.parse(body)
    t.match(page, { count: 6, hasMore: false, nextCursor: null })
    const done = page.entries.filter(({ outcome }) => outcome !== 'asked')
    for (const { actionId, action, session, reason } of done) {
      const both = page.entries.filter((entry) => entry.actionId === actionId)
      t.match(both, [{ ok: true }, { outcome: 'asked', ok: null, action, session, reason }])
    }
    t.match(done, [
      { token: 'admin', action: 'resume', session: WORK, outcome: 'resumed', bulk: true, ok: true },
      { action: 'kill', session: MAIN, outcome: 'killed', runId: 'r1', killedSessions: [MAIN] },
      { token: 'writer', action: 'pause', session: WORK, outcome: 'paused', reason: 'why' },
    ])
    const paged = AuditPage.parse((await audit(service, '?limit=1')).body)
    const rest = await audit(
      service,
      `?cursor=${paged.nextCursor}&action=pause&session=${at(WORK)}`,
    )
    t.match(rest.body, { count: 2, entries: [{ id: done[2]?.id }, { outcome: 'asked' }] })
  },
)

t.test('a kill that is refused is in the log with its code', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'mainOnly', scopes: ['operator.admin'], agents: ['main'] }],
  })
  service.runs.start({ sessionKey: WORK, parentSessionKey: MAIN })
  const kill = await post(service, `/sessions/${at(MAIN)}/kill`, {}, 'mainOnly')
  t.equal(kill.status, 403)
  t.match((await audit(service, '?token=mainOnly')).body, {
    entries: [{ action: 'kill', outcome: 'outside_grant', ok: false }],
  })
})

t.test('only a token without limits reads it, and only its own kind of text', async (t) => {
  const service = await startService(t, {
    tokens: [
      { name: 'mainOnly', scopes: ['operator.admin'], agents: ['main'] },
      { name: 'blind', scopes: ['operator.admin'], redact: 'text' },
    ],
  })
  await post(service, `/api/sessions/${at(MAIN)}/control`, { action: 'pause', reason: 'why' })
  const limited = await audit(service, '', 'mainOnly')
  t.equal(limited.status, 403)
  t.match(limited.body, { error: { code: 'outside_grant' } })
  t.match((await audit(service, '', 'blind')).body, { entries: [{ reason: '[redacted]' }] })
})

t.test('malformed queries are refused, and a host without a log says so', async (t) => {
  const service = await startService(t)
  for (const query of ['?limit=0', '?cursor=12', '?action=explode', '?since=yesterday'])
    t.equal((await audit(service, query)).status, 400, query)
  const bare = await startService(t, { audit: null })
  t.match(await audit(bare), { status: 501, body: { error: { code: 'not_supported' } } })
})
