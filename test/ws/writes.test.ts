import t from 'tap'
import { at, MAIN, startService } from '../http/service.js'
import { Client } from './client.js'

t.test('writes of a token are counted whatever they come through', async (t) => {
  const service = await startService(t, { limits: { writesPerMinute: 2 } })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.writer)
  t.match(await client.ask('sessions.resume', { key: MAIN }), { outcome: 'already' })
  const overHttp = await fetch(`${service.url}/api/sessions/${at(MAIN)}/control`, {
    method: 'POST',
    headers: { ...service.as('writer'), 'content-type': 'application/json' },
    body: '{"action":"resume"}',
  })
  t.equal(overHttp.status, 200)
  for (const method of ['sessions.resume', 'sessions.abort', 'sessions.kill'])
    t.match(await client.request(method, { key: MAIN }), {
      ok: false,
      error: { details: { code: 'rate_limited' }, retryable: true, retryAfterMs: Number },
    })
  t.match(await client.ask('sessions.list'), { count: 2 }, 'reads are not')
})

t.test('a repeated write acts once and is answered again', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.writer)
  const pause = { key: MAIN, reason: 'lunch', idempotencyKey: 'k1' }
  const first = await client.ask('sessions.pause', pause)
  t.match(first, { outcome: 'paused' })
  t.match(await client.ask('sessions.resume', { key: MAIN }), { outcome: 'resumed' })
  t.strictSame(await client.ask('sessions.pause', pause), first)
  for (const key of ['main', MAIN.toUpperCase()])
    t.strictSame(await client.ask('sessions.pause', { ...pause, key }), first, 'by another name')
  t.equal(service.runs.session(MAIN)?.hold ?? null, null, 'it was not paused again')
  t.match(await client.request('sessions.pause', { ...pause, reason: 'tea' }), {
    ok: false,
    error: { details: { code: 'idempotency_conflict' } },
  })
  t.match(
    await client.ask('sessions.kill', { key: MAIN, idempotencyKey: 'k1' }),
    { outcome: 'no_active_run' },
    'another method is another write',
  )
  t.match(await client.request('sessions.pause', { key: MAIN, idempotencyKey: '' }), {
    ok: false,
    error: { details: { code: 'invalid_parameter' } },
  })
})
