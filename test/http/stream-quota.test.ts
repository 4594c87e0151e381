import t from 'tap'
import { request } from 'undici'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { StreamQuota } from '../../src/surfaces/http/stream-quota.js'
import { until } from '../until.js'
import { at, MAIN, type Service, startService } from './service.js'
import { RawStream } from './sse-client.js'

const path = `/sessions/${at(MAIN)}/history?follow=1`
const open = ({ url, as }: Service, name: string) => RawStream.open(url + path, as(name))

t.test('one token has its share, all tokens have a limit together', async (t) => {
  const limits = { maxStreams: 3, maxStreamsPerToken: 2 }
  const service = await startService(t, { limits })
  const streams = [await open(service, 'reader'), await open(service, 'reader')]
  const own = await request(service.url + path, { headers: service.as('reader') })
  t.match(own, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } })
  t.match(await own.body.json(), {
    error: { code: 'rate_limited', retryable: true, message: /"reader" has 2 streams.*close some/ },
  })
  streams.push(await open(service, 'writer'))
  const all = await request(service.url + path, { headers: service.as('admin') })
  t.match(all, { statusCode: 429, headers: { 'content-type': /json/ } })
  t.match(await all.body.json(), { error: { message: /3 streams open.*SESSIONS_API_MAX_STREAMS/ } })
  const page = await request(service.url + path.replace('?follow=1', ''), {
    headers: service.as('reader'),
  })
  t.equal(page.statusCode, 200, 'who reads without following is not concerned')
  await page.body.dump()
  await streams.shift()?.close()
  await until(async () => {
    const next = await open(service, 'reader')
    streams.push(next)
    return next.status === 200
  })
  for (const stream of streams) await stream.close()
})

t.test('a stream that could not be opened counts no more', async (t) => {
  const service = await startService(t, { limits: { maxStreams: 1 } })
  for (let n = 0; n < 3; n++) {
    const gone = await request(`${service.url}/sessions/nope/history?follow=1`, {
      headers: service.as('reader'),
    })
    t.equal(gone.statusCode, 404)
    await gone.body.dump()
  }
  const stream = await open(service, 'reader')
  t.equal(stream.status, 200)
  await stream.close()
})

t.test('tokens that have no stream are not remembered', async (t) => {
  const quota = new StreamQuota({ maxStreams: 2, maxStreamsPerToken: 1 })
  for (let n = 0; n < 3; n++) {
    const leave = quota.enter(FULL_GRANT)
    t.throws(() => quota.enter(FULL_GRANT), { code: 'rate_limited', details: { limit: 1 } })
    t.equal(quota.open, 1)
    leave()
  }
  t.equal(quota.open, 0)
  t.equal(quota.refused, 3)
})
