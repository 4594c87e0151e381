import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { until } from '../until.js'
import { at, MAIN, type Service, startService, WORK } from './service.js'

const KEY = { 'idempotency-key': 'order-1' }

async function control(
  service: Service,
  body: unknown,
  headers: Record<string, string> = KEY,
  { key = MAIN, token = 'writer' } = {},
) {
  const answer = await fetch(`${service.url}/api/sessions/${at(key)}/control`, {
    method: 'POST',
    headers: { ...service.as(token), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const replayed = answer.headers.get('idempotent-replayed')
  return { status: answer.status, text: await answer.text(), replayed }
}

/** Runs of MAIN that end when they are killed. */
function startRun({ runs }: Service, runId: string) {
  const run = runs.start({ sessionKey: MAIN, runId })
  run.signal.addEventListener('abort', () => run.end())
  return run
}

async function open(t: Test) {
  const service = await startService(t)
  startRun(service, 'r1')
  return service
}

t.test('a repeated kill is answered again and kills nothing new', async (t) => {
  const service = await open(t)
  const first = await control(service, { action: 'kill' })
  t.match(first, { status: 200, replayed: null, text: /"outcome":"killed","runId":"r1"/ })
  const next = startRun(service, 'r2')
  const again = await control(service, { action: 'kill' })
  t.strictSame(again, { ...first, replayed: 'true' })
  t.equal(next.signal.aborted, false)
  t.match(await control(service, { action: 'kill' }, {}), { replayed: null, text: /r2/ })
})

t.test('a key belongs to its token, route and session; another body is a conflict', async (t) => {
  const service = await open(t)
  await control(service, { action: 'pause' })
  const conflict = await control(service, { action: 'resume' })
  t.match(conflict, { status: 409, text: /idempotency_conflict/, replayed: null })
  t.match(await control(service, { action: 'pause' }, KEY, { token: 'admin' }), { replayed: null })
  t.match(await control(service, { action: 'pause' }, KEY, { key: WORK }), { replayed: null })
  const kill = await fetch(`${service.url}/sessions/${at(MAIN)}/kill`, {
    method: 'POST',
    headers: { ...service.as('admin'), ...KEY },
  })
  t.equal(kill.headers.get('idempotent-replayed'), null)
})

t.test('a request that is still being answered is in progress', async (t) => {
  const service = await startService(t)
  const run = service.runs.start({ sessionKey: MAIN })
  const first = control(service, { action: 'stop' })
  while (service.runs.session(MAIN)?.run?.phase !== 'stopping')
    await new Promise((resolve) => setImmediate(resolve))
  t.match(await control(service, { action: 'stop' }), { status: 409, text: /in_progress/ })
  run.end()
  t.match(await first, { status: 200, text: /stopped/ })
  t.match(await control(service, { action: 'stop' }), { status: 200, replayed: 'true' })
})

t.test('refusals that stand are kept; mistakes and failures are not', async (t) => {
  const service = await open(t)
  const missing = { key: 'agent:main:later' }
  t.match(await control(service, { action: 'pause' }, KEY, missing), {
    status: 404,
    replayed: null,
  })
  t.match(await control(service, { action: 'pause' }, KEY, missing), {
    status: 404,
    replayed: 'true',
  })
  t.match(await control(service, { action: 'dance' }), { status: 400 })
  t.match(await control(service, { action: 'pause' }), { status: 202, replayed: null })
  for (const bad of ['with space', 'x'.repeat(256)])
    t.match(await control(service, { action: 'pause' }, { 'idempotency-key': bad }), {
      status: 400,
      text: /Idempotency-Key/,
    })
})

t.test('answers outlive the process', async (t) => {
  const directory = t.testdir()
  const before = await startService(t, { directory })
  startRun(before, 'r1')
  const first = await control(before, { action: 'kill' })
  await before.app.close()
  const after = await startService(t, { directory, known: before.tokens })
  t.match(await control(after, { action: 'kill' }), { replayed: 'true', text: first.text })
})

t.test('bulk requests are repeatable too', async (t) => {
  const service = await open(t)
  const ask = () =>
    fetch(`${service.url}/api/sessions/control`, {
      method: 'POST',
      headers: { ...service.as('writer'), ...KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'kill', keys: [MAIN] }),
    })
  const first = await (await ask()).text()
  const again = await ask()
  t.equal(again.headers.get('idempotent-replayed'), 'true')
  t.equal(await again.text(), first)
})

t.test('a repetition is one by whatever name the session goes', async (t) => {
  const service = await startService(t)
  const { sessionId } = await service.manager.get(MAIN, FULL_GRANT).then(({ session }) => session)
  const spellings = [MAIN, 'main', MAIN.toUpperCase(), ` ${MAIN}`, String(sessionId)]
  for (const [at, first] of spellings.entries()) {
    const key = { 'idempotency-key': `by-name-${at}` }
    const answer = await control(service, { action: 'pause' }, key, { key: first })
    t.match(answer, { status: 200, replayed: null, text: /"outcome":"paused"/ }, first)
    t.match(await control(service, { action: 'resume' }, {}), { status: 200 })
    for (const again of spellings)
      t.match(
        await control(service, { action: 'pause' }, key, { key: again }),
        { ...answer, replayed: 'true' },
        `${first}, then ${again}`,
      )
  }
})

t.test('a repeated delete is answered again, and its twin stays', async (t) => {
  const service = await startService(t)
  const [gone, twin] = ['agent:main:!room', 'agent:main:!Room']
  for (const key of [gone, twin]) service.store.put({ key })
  const remove = async (name: string, headers: Record<string, string>) => {
    const url = `${service.url}/api/sessions/${at(name)}`
    const answer = await fetch(url, {
      method: 'DELETE',
      headers: { ...service.as('admin'), ...headers },
    })
    return { status: answer.status, replayed: answer.headers.get('idempotent-replayed') }
  }
  const isThere = (key: string) =>
    service.manager.resolve(key, FULL_GRANT).then(
      (found) => found === key,
      () => false,
    )
  await until(async () => (await isThere(gone)) && (await isThere(twin)))
  t.strictSame(await remove(gone, KEY), { status: 200, replayed: null })
  t.strictSame(await remove(gone, KEY), { status: 200, replayed: 'true' })
  await until(async () => (await remove(gone, {})).status === 404)
  t.equal(await service.manager.resolve(twin, FULL_GRANT), twin)
})
