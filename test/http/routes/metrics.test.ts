import Fastify from 'fastify'
import t from 'tap'
import { request } from 'undici'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { createSessionManager } from '../../../src/core/index.js'
import { sessionsApi } from '../../../src/plugin.js'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'
import { until } from '../../until.js'
import { at, line, MAIN, type Service, startService, transcript } from '../service.js'
import { RawStream } from '../sse-client.js'

const follow = ({ url, as }: Pick<Service, 'url' | 'as'>, query = '') =>
  RawStream.open(`${url}/sessions/${at(MAIN)}/history?follow=1${query}`, as('reader'))

/** Series and their values, as Prometheus reads them. */
async function scrape({ url, as }: Pick<Service, 'url' | 'as'>): Promise<Map<string, number>> {
  const answer = await request(`${url}/metrics`, { headers: as('reader') })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(text)
  const series = [...text.matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)]
  return new Map(series.map(([, name = '', value]) => [name, Number(value)]))
}

t.test('latencies are by route template and status, without streams', async (t) => {
  const service = await startService(t)
  const get = (path: string) => request(service.url + path, { headers: service.as('reader') })
  await get(`/sessions/${at(MAIN)}/history`)
  await get(`/sessions/${at('agent:main:+49170123')}/history`)
  await get('/api/sessions')
  await get('/sessions/a/b/c')
  const stream = await follow(service)
  await stream.event()
  await stream.close()
  const series = await scrape(service)
  const counts = [...series].filter(([name]) => name.includes('request_seconds_count'))
  t.same(
    counts.map(([name, value]) => [name.slice(name.indexOf('{')), value]).sort(),
    [
      ['{method="GET",route="/api/sessions",status="200"}', 1],
      ['{method="GET",route="/sessions/{key}/history",status="200"}', 1],
      ['{method="GET",route="/sessions/{key}/history",status="404"}', 1],
      ['{method="GET",route="none",status="404"}', 1],
    ].sort(),
  )
  for (const name of series.keys()) t.notMatch(name, /49170|agent:|session-main/)
})

t.test('followers and what they share, and none of it when they have gone', async (t) => {
  const service = await startService(t)
  const names = [
    'sessions_api_http_streams',
    'sessions_api_followers',
    'sessions_api_follow_subscriptions',
    'sessions_api_watched_transcripts',
  ]
  const held = async () => {
    const series = await scrape(service)
    return names.map((name) => series.get(name))
  }
  await until(async () => (await held())[3] === 0)
  const streams = [
    await follow(service),
    await follow(service),
    await follow(service, '&maxChars=9'),
  ]
  await Promise.all(streams.map((stream) => stream.event()))
  t.same(await held(), [3, 3, 2, 1])
  service.store.append(MAIN, line(4, 'four'))
  await Promise.all(streams.map((stream) => stream.event()))
  const series = await scrape(service)
  t.equal(series.get('sessions_api_follow_delivery_seconds_count'), 2, 'one for each variant')
  for (const stream of streams) await stream.close()
  await until(async () => (await held()).every((value) => value === 0))
})

t.test('resets by reason, rows, sources, the process and its loop', async (t) => {
  const service = await startService(t)
  const stream = await follow(service)
  await stream.event()
  service.store.replace(MAIN, transcript('other', ['Something else.']))
  t.match(await stream.event(), { type: 'reset' })
  await stream.event()
  await stream.close()
  const series = await scrape(service)
  const resets = [...series].filter(([name]) => name.startsWith('sessions_api_follow_resets_total'))
  t.ok(resets.length >= 7, 'every reason has a series from the start')
  t.equal(
    resets.reduce((sum, [, value]) => sum + value, 0),
    1,
  )
  t.match(Object.fromEntries(series), {
    sessions_api_rows: 2,
    'sessions_api_sources{status="ok"}': Number,
    sessions_api_pending_sums: Number,
    sessions_api_index_bytes: Number,
    sessions_api_index_pending_scans: Number,
    sessions_api_store_refresh_seconds_count: Number,
    sessions_api_follow_catch_ups_total: 0,
    sessions_api_http_streams_stalled_total: 0,
    sessions_api_http_streams_refused_total: 0,
    'sessions_api_event_loop_delay_seconds{percentile="99"}': Number,
    process_cpu_seconds_total: Number,
    process_start_time_seconds: Number,
  })
  t.ok((series.get('process_resident_memory_bytes') ?? 0) > 1e6)
})

t.test('what the live feed holds, and what it could not hold', async (t) => {
  const service = await startService(t, { managerSettings: { tailLingerMs: 10 } })
  const events = (query: string) =>
    RawStream.open(`${service.url}/api/events${query}`, service.as('reader'))
  const read = async () => {
    const series = await scrape(service)
    const held = ['subscribers', 'tails', 'log_entries'].map((name) =>
      series.get(`sessions_api_event_${name}`),
    )
    return { held, bytes: series.get('sessions_api_event_log_bytes') ?? 0, series }
  }
  t.same((await read()).held, [0, 0, 0])
  const stream = await events(`?messages=${at(MAIN)}&last_event_id=${'A'.repeat(22)}`)
  while (!(await stream.block())?.includes('event: reset')) t.equal(stream.status, 200)
  const { bytes, held, series } = await read()
  t.same(held, [1, 1, 1])
  t.ok(bytes > 0)
  t.equal(series.get('sessions_api_event_resets_total{reason="restarted"}'), 1)
  t.equal(series.get('sessions_api_event_resets_total{reason="slow_consumer"}'), 0)
  await stream.close()
  await until(async () => (await read()).held.slice(0, 2).every((count) => count === 0))
})

t.test('only a token without limits sees them', async (t) => {
  const tokens = [{ name: 'limited', scopes: ['operator.admin' as const], agents: ['main'] }]
  const service = await startService(t, { tokens })
  const get = (headers = {}) => request(`${service.url}/metrics`, { headers })
  t.equal((await get()).statusCode, 401)
  const answer = await get(service.as('limited'))
  t.equal(answer.statusCode, 403)
  t.match(await answer.body.json(), { error: { code: 'outside_grant' } })
  const good = await get(service.as('reader'))
  t.match(good, { statusCode: 200, headers: { 'content-type': /^text\/plain; version=0\.0\.4/ } })
})

t.test('a host may leave them out', async (t) => {
  const service = await startService(t, { metrics: false })
  const { statusCode } = await request(`${service.url}/metrics`, { headers: service.as('admin') })
  t.equal(statusCode, 404)
})

t.test('two mounts in one host count for themselves', async (t) => {
  const app = Fastify()
  const managers = ['a', 'b'].map((name) => {
    const store = memoryStore()
    store.put({ key: MAIN, sessionId: name }, transcript(name, ['hello']))
    return createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  })
  for (const [index, manager] of managers.entries())
    await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, prefix: `/m${index}` })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => Promise.all([app, ...managers].map((each) => each.close())))
  await request(`${url}/m0/api/sessions`)
  const seen = async (mount: number) => {
    const series = await scrape({ url: `${url}/m${mount}`, as: () => ({ authorization: '' }) })
    return [...series.keys()].some((name) => name.includes('route="/api/sessions"'))
  }
  t.same(await Promise.all([seen(0), seen(1)]), [true, false])
})
