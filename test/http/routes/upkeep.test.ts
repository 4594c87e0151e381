import t from 'tap'
import { AuditPage } from '../../../src/contract/audit.js'
import { CleanupAnswer } from '../../../src/contract/cleanup.js'
import { CompactAnswer, PatchAnswer, RemovalAnswer } from '../../../src/contract/maintenance.js'
import { at, type Service, startService, WORK } from '../service.js'

const OLD = 'agent:main:old'

async function call(
  service: Service,
  method: string,
  path: string,
  { body, key, token = 'admin' }: { body?: unknown; key?: string; token?: string } = {},
) {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      ...service.as(token),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

async function withOld(t: Parameters<typeof startService>[0]) {
  const service = await startService(t)
  service.store.put({ key: OLD, sessionId: 's-old', updatedAtMs: 1000 }, '{"type":"message"}\n')
  return service
}

t.test('a cleanup is a dry run unless it is told otherwise', async (t) => {
  const service = await withOld(t)
  const cleanup = (body: object) => call(service, 'POST', '/api/sessions/cleanup', { body })
  const dry = CleanupAnswer.parse((await cleanup({})).body)
  t.match(dry, { dryRun: true, stores: [{ agentId: 'main', pruned: 1 }, { agentId: 'work' }] })
  const done = CleanupAnswer.parse((await cleanup({ dryRun: false, agent: 'main' })).body)
  t.match(done, { dryRun: false, stores: [{ applied: true, pruned: 1, appliedCount: 1 }] })
  const audit = await call(service, 'GET', '/api/audit?action=cleanup')
  const { entries } = AuditPage.parse(audit.body)
  t.match(entries, [{ session: OLD, outcome: 'prune-stale' }, { session: 'agent:main:*' }])
  for (const body of [{ age: '1 hour' }, { age: 5 }, { dryrun: true }, { agent: '' }])
    t.match(await cleanup(body), { status: 400, body: { error: { code: 'invalid_body' } } })
  t.match(await cleanup({ agent: 'nobody' }), { status: 400 })
})

t.test('only an admin changes what is at rest', async (t) => {
  const service = await withOld(t)
  const path = `/api/sessions/${at(OLD)}`
  for (const [method, where] of [
    ['POST', '/api/sessions/cleanup'],
    ['POST', `${path}/compact`],
    ['POST', `${path}/archive`],
    ['PATCH', path],
    ['DELETE', path],
  ] as const)
    t.match(await call(service, method, where, { token: 'writer' }), {
      status: 403,
      body: { error: { code: 'insufficient_scope' } },
    })
})

t.test('a session is patched, cut and deleted', async (t) => {
  const service = await withOld(t)
  const path = `/api/sessions/${at(WORK)}`
  const patched = await call(service, 'PATCH', path, { body: { label: 'Work' } })
  t.match(PatchAnswer.parse(patched.body), { key: WORK, via: 'store' })
  for (const body of [{}, { label: 7 }, { sessionId: 'x' }, { label: '' }])
    t.match(await call(service, 'PATCH', path, { body }), { status: 400 })
  const cut = await call(service, 'POST', `${path}/compact`, { body: { maxLines: 2 } })
  t.match(CompactAnswer.parse(cut.body), { compacted: true, kept: 2, archived: /bak/ })
  t.match(await call(service, 'POST', `${path}/compact`), { status: 503 }, 'nobody summarises here')
  t.match(await call(service, 'POST', `${path}/compact`, { body: { maxLines: 0 } }), {
    status: 400,
  })
  t.match(await call(service, 'DELETE', path), { status: 409 }, 'a main session stays')
  const old = `/api/sessions/${at(OLD)}`
  const removed = await call(service, 'DELETE', old, { key: 'once' })
  t.match(RemovalAnswer.parse(removed.body), { deleted: true, archived: [/deleted/] })
  const again = await call(service, 'DELETE', old, { key: 'once' })
  t.strictSame(again.body, removed.body)
  t.equal(again.headers.get('idempotent-replayed'), 'true')
  t.match(await call(service, 'DELETE', old), { status: 404 })
})

t.test('methods are told, and count as writes', async (t) => {
  const service = await startService(t, { limits: { writesPerMinute: 2 } })
  const path = `/api/sessions/${at(WORK)}`
  const put = await call(service, 'PUT', path)
  t.equal(put.status, 405)
  t.equal(put.headers.get('allow'), 'GET, PATCH, DELETE, HEAD, OPTIONS')
  for (const status of [200, 200, 429])
    t.equal((await call(service, 'PATCH', path, { body: { label: 'x' } })).status, status)
})

t.test('a run that goes on is left alone', async (t) => {
  const service = await withOld(t)
  const run = service.runs.start({ sessionKey: OLD, runId: 'r1' })
  const path = `/api/sessions/${at(OLD)}`
  for (const [method, where] of [
    ['DELETE', path],
    ['POST', `${path}/archive`],
  ] as const)
    t.match(await call(service, method, where), {
      status: 409,
      body: { error: { message: /kill or resume it first/ } },
    })
  run.end()
  t.match(await call(service, 'POST', `${path}/archive`), { body: { archived: [/reset/] } })
})
