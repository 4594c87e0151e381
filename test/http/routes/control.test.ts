import { setImmediate as step } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { ControlAnswer, KillAnswer } from '../../../src/contract/control.js'
import { at, MAIN, type Service, startService, WORK } from '../service.js'

const post = async ({ url, as }: Service, path: string, body?: unknown, token = 'admin') => {
  const answer = await request(url + path, {
    method: 'POST',
    headers: {
      ...as(token),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  })
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() }
}

const control = (service: Service, action: string, key = MAIN) =>
  post(service, `/api/sessions/${at(key)}/control`, { action, reason: 'a test' })

t.test('a paused, resumed and killed run is told as it was read back', async (t) => {
  const service = await startService(t)
  const run = service.runs.start({ sessionKey: MAIN })
  const loop = (async () => {
    for (;;) {
      await step()
      await run.checkpoint()
    }
  })().catch(() => run.end())
  const paused = await control(service, 'pause')
  t.match(ControlAnswer.parse(paused.body), { action: 'pause', session: MAIN, runId: run.runId })
  t.equal(paused.status, 200)
  t.equal(paused.headers['cache-control'], 'no-store')
  t.match((await control(service, 'resume')).body, { outcome: 'resumed' })
  t.match(await control(service, 'kill'), { status: 200, body: { outcome: 'killed' } })
  await loop
  t.match((await control(service, 'kill')).body, { outcome: 'no_active_run' })
})

t.test('a step that is still running is 202', async (t) => {
  const service = await startService(t)
  const run = service.runs.start({ sessionKey: WORK })
  t.match(await control(service, 'stop', WORK), { status: 202, body: { outcome: 'stopping' } })
  run.end()
})

t.test('kill in the shape of OpenClaw, at both paths', async (t) => {
  const service = await startService(t)
  for (const prefix of ['/sessions', '/api/sessions']) {
    const run = service.runs.start({ sessionKey: MAIN })
    run.signal.addEventListener('abort', () => run.end())
    const { body } = await post(service, `${prefix}/main/kill`)
    t.same(KillAnswer.parse(body), {
      ok: true,
      killed: true,
      outcome: 'killed',
      killedSessions: [MAIN],
    })
    t.match((await post(service, `${prefix}/main/kill`)).body, { killed: false })
  }
})

t.test('the runtime and its controls are told', async (t) => {
  const { url, as } = await startService(t)
  const answer = await request(`${url}/api/capabilities`, { headers: as('reader') })
  t.match(await answer.body.json(), {
    name: 'openclaw-sessions-api',
    controls: ['pause', 'resume', 'stop', 'kill'],
    runtime: { status: 'ok' },
  })
})
