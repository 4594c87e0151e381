import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { request } from 'undici'
import { until } from '../until.js'
import { at, line, MAIN, startService, transcript } from './service.js'

const PLAIN = { br: brotliDecompressSync, gzip: gunzipSync, none: (bytes: Uint8Array) => bytes }

const WISHES: readonly (readonly [accept: string | undefined, coding: keyof typeof PLAIN])[] = [
  [undefined, 'none'],
  ['', 'none'],
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip;q=1, br;q=0.5', 'gzip'],
  ['br;q=0, gzip;q=0', 'none'],
  ['BR', 'br'],
  ['identity', 'none'],
  ['*', 'none'],
  ['deflate, zstd', 'none'],
  ['br;q=x', 'none'],
]

t.test('JSON of some size is sent in the coding that the client asks for', async (t) => {
  const service = await startService(t, { clock: () => Date.UTC(2026, 10, 21, 6) })
  for (let n = 0; n < 30; n++)
    service.store.put({ key: `agent:main:${n}`, sessionId: `s${n}`, updatedAtMs: n })
  service.store.replace(
    MAIN,
    transcript('session-main', Array(50).fill('a long way to say nothing')),
  )
  const get = async (path: string, accept: string | undefined, more = {}, method = 'GET') => {
    const wish = accept === undefined ? {} : { 'accept-encoding': accept }
    const headers = { ...service.as('admin'), ...wish, ...more }
    const answer = await request(service.url + path, { headers, method: method as 'GET' })
    return { ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) }
  }
  const isRead = () => service.manager.gauges().pendingTotals === 0
  await until(
    async () => JSON.parse((await get('/api/sessions', '')).bytes.toString()).count === 32,
  )
  await until(isRead)
  const paths = [
    '/api/sessions',
    '/api/sessions?messageLimit=2',
    `/sessions/${at(MAIN)}/history`,
    '/openapi.json',
  ]
  for (const path of paths) {
    const plain = await get(path, undefined)
    for (const [accept, coding] of WISHES) {
      const answer = await get(path, accept)
      const what = `${path} ${accept}`
      t.equal(answer.headers['content-encoding'] ?? 'none', coding, what)
      t.match(answer.headers.vary, /Accept-Encoding/)
      t.equal(PLAIN[coding](answer.bytes).toString(), plain.bytes.toString(), what)
      if (coding !== 'none') t.ok(answer.bytes.length < plain.bytes.length / 2, what)
      t.equal(answer.headers.etag, plain.headers.etag, 'a weak tag is that of every coding')
      const head = await get(path, accept, {}, 'HEAD')
      t.equal(head.headers['content-encoding'], answer.headers['content-encoding'])
      t.equal(head.headers['content-length'], answer.headers['content-length'])
    }
  }
  const { headers } = await get('/api/sessions', 'br')
  const known = await get('/api/sessions', 'br', { 'if-none-match': String(headers.etag) })
  t.equal(known.statusCode, 304)
  t.equal(known.headers['content-encoding'], undefined)
  t.match(known.headers.vary, /Accept-Encoding/)
  for (const small of ['/healthz', '/api/sessions?search=nothing&limit=1'])
    t.equal((await get(small, 'br')).headers['content-encoding'], undefined, small)
  const whole = await get(`/api/sessions/${at(MAIN)}/export`, 'br')
  t.equal(whole.headers['content-encoding'], undefined, 'what is streamed is not compressed')
  const stream = await request(`${service.url}/api/events`, {
    headers: { ...service.as('admin'), 'accept-encoding': 'br' },
  })
  t.equal(stream.headers['content-encoding'], undefined)
  stream.body.on('error', () => {}).destroy()
})

t.test('a page links to the next one, down to the last', async (t) => {
  const service = await startService(t)
  for (let n = 0; n < 5; n++)
    service.store.put({ key: `agent:main:${n}`, sessionId: `s${n}`, updatedAtMs: n })
  for (let seq = 4; seq < 12; seq++) service.store.append(MAIN, line(seq, `message ${seq}`))
  const headers = service.as('admin')
  for (const path of [
    '/api/sessions?limit=2&kinds=chat,group&_=1',
    `/sessions/${at(MAIN)}/history?limit=4`,
    `/api/sessions/${at(MAIN)}/trajectory?limit=2`,
  ]) {
    const urls = [new URL(service.url + path)]
    for (const url of urls) {
      const { body, headers: told } = await request(url, { headers })
      const { nextCursor } = (await body.json()) as { nextCursor: string | null }
      const [, target] = /^<([^>]+)>; rel="next"$/.exec(String(told.link)) ?? []
      t.equal(target === undefined, nextCursor === null, url.href)
      if (target === undefined) continue
      const next = new URL(target, url)
      t.equal(next.searchParams.get('cursor'), nextCursor)
      t.equal(next.searchParams.get('limit'), url.searchParams.get('limit'))
      urls.push(next)
    }
    t.ok(urls.length > 1, path)
  }
  const first = await request(`${service.url}/api/sessions?limit=2`, { headers })
  await first.body.dump()
  const known = { 'if-none-match': String(first.headers.etag) }
  const again = await request(`${service.url}/api/sessions?limit=2`, {
    headers: { ...headers, ...known },
  })
  t.equal(again.statusCode, 304)
  t.equal(again.headers.link, first.headers.link)
})
