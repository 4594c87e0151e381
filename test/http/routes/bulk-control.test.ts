import t from 'tap'
import { BulkControlAnswer, MAX_BULK_SESSIONS } from '../../../src/contract/bulk.js'
import { MAIN, type Service, startService, WORK } from '../service.js'

async function bulk(service: Service, body: unknown, token = 'writer') {
  const answer = await fetch(`${service.url}/api/sessions/control`, {
    method: 'POST',
    headers: { ...service.as(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json() }
}

t.test('one result for each session, in the order of the keys', async (t) => {
  const service = await startService(t)
  service.runs.start({ sessionKey: MAIN, runId: 'r1' })
  const keys = [WORK, 'agent:main:nope', 'main', MAIN, 'session-work']
  const { status, body } = await bulk(service, { action: 'pause', keys, reason: 'a test' })
  t.equal(status, 200)
  const answer = BulkControlAnswer.parse(body)
  t.match(answer, { success: false, action: 'pause', dryRun: false, count: 3, failed: 1 })
  t.match(answer.results, [
    { session: WORK, ok: true, outcome: 'paused', runId: null },
    { session: 'agent:main:nope', ok: false, error: { code: 'session_not_found' } },
    { session: MAIN, ok: true, outcome: 'pausing', runId: 'r1' },
  ])
  t.match(service.runs.session(WORK), { hold: { by: 'writer', reason: 'a test' } })
})

t.test('the filters of the list choose; a dry run says so and does nothing', async (t) => {
  const service = await startService(t)
  const run = service.runs.start({ sessionKey: MAIN, runId: 'r1' })
  const child = service.runs.start({ sessionKey: WORK, parentSessionKey: MAIN })
  const filter = { agent: 'main' }
  const dry = await bulk(service, { action: 'kill', filter, dryRun: true })
  t.match(BulkControlAnswer.parse(dry.body).results, [
    { session: MAIN, outcome: null, runId: 'r1', wouldAct: true, note: /sub-agent/ },
  ])
  t.equal(run.signal.aborted, false)
  run.signal.addEventListener('abort', () => run.end())
  child.signal.addEventListener('abort', () => child.end())
  const done = await bulk(service, { action: 'kill', filter })
  t.match(done.body, { success: true, count: 1, results: [{ session: MAIN, outcome: 'killed' }] })
  t.equal(child.signal.aborted, true)
  const again = await bulk(service, { action: 'kill', filter, dryRun: true })
  t.match(again.body, { results: [{ wouldAct: false }] })
})

t.test('a request that could mean too much is refused', async (t) => {
  const service = await startService(t)
  const keys = Array.from({ length: MAX_BULK_SESSIONS + 1 }, (_, n) => `k${n}`)
  for (const body of [
    {},
    { action: 'kill' },
    { action: 'kill', keys: [] },
    { action: 'kill', keys },
    { action: 'kill', filter: {} },
    { action: 'kill', filter: { agnet: 'main' } },
    { action: 'kill', filter: { activeMinutes: 0 } },
    { action: 'kill', filter: { agent: 'main' }, keys: [MAIN] },
    { action: 'explode', keys: [MAIN] },
    { action: 'kill', keys: [MAIN], dryrun: true },
  ]) {
    const answer = await bulk(service, body)
    t.equal(answer.status, 400, JSON.stringify(body).slice(0, 80))
    t.match(answer.body, { error: { code: 'invalid_body' } })
  }
})

t.test('what a token may not see is not there to be controlled', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'workOnly', scopes: ['operator.write'], agents: ['work'] }],
  })
  const { body } = await bulk(service, { action: 'pause', keys: [MAIN, WORK] }, 'workOnly')
  t.match(body, { results: [{ error: { code: 'session_not_found' } }, { session: WORK }] })
  t.equal(service.runs.session(MAIN), null)
  const filtered = await bulk(service, { action: 'resume', filter: { active: false } }, 'workOnly')
  t.match(filtered.body, { count: 0 })
  const all = await bulk(service, { action: 'resume', filter: { kinds: ['main'] } }, 'workOnly')
  t.match(all.body, { count: 1, results: [{ session: WORK, outcome: 'resumed' }] })
})
