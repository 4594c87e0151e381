import t from 'tap'
import { request } from 'undici'
import { SessionDetail, SessionList } from '../../../src/contract/session.js'
import { at, line, MAIN, type Service, startService } from '../service.js'

const list = ({ url, as }: Service, query = '', headers: Record<string, string> = {}) =>
  request(`${url}/api/sessions${query}`, { headers: { ...as('reader'), ...headers } })

t.test('the list is what the contract says', async (t) => {
  const service = await startService(t)
  const answer = await list(service)
  t.match(answer.headers, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, no-cache',
    vary: 'Origin, Authorization, Cookie, X-Api-Key, Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-request-id': /./,
  })
  const body = SessionList.parse(await answer.body.json())
  t.match(body, { count: 2, totalCount: 2, hasMore: false, nextCursor: null, limitApplied: 50 })
  t.equal(answer.headers['x-event-id'], body.eventId)
})

t.test('a known tag is a 304 with its event id, until something changes', async (t) => {
  const service = await startService(t)
  const first = await list(service)
  const etag = String(first.headers.etag)
  await first.body.dump()
  for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
    const answer = await list(service, '', { 'if-none-match': known })
    t.equal(answer.statusCode, 304, known)
    t.match(answer.headers, {
      etag,
      'x-event-id': /./,
      vary: /Authorization/,
      'cache-control': /no-cache/,
    })
    t.equal(await answer.body.text(), '')
  }
  for (const unknown of ['"other"', etag.slice(1, -1)])
    t.equal((await list(service, '', { 'if-none-match': unknown })).statusCode, 200, unknown)
  t.equal(
    (await list(service, '?limit=1', { 'if-none-match': etag })).statusCode,
    200,
    'of another query',
  )
  service.store.put({ key: MAIN, label: 'renamed' })
  const changed = await list(service, '', { 'if-none-match': etag })
  t.equal(changed.statusCode, 200)
  t.match(await changed.body.text(), /renamed/)
})

t.test('HEAD answers the headers of GET', async (t) => {
  const { url, as } = await startService(t)
  for (const path of [
    '/api/sessions',
    `/api/sessions/${at(MAIN)}`,
    `/sessions/${at(MAIN)}/history`,
    '/healthz',
  ]) {
    const [get, head] = await Promise.all(
      (['GET', 'HEAD'] as const).map((method) =>
        request(url + path, { method, headers: as('reader') }),
      ),
    )
    const body = await get?.body.text()
    t.equal(head?.statusCode, 200, path)
    t.equal(head?.headers['content-length'], String(Buffer.byteLength(body ?? '')))
    t.equal(head?.headers.etag, get?.headers.etag)
    t.equal(await head?.body.text(), '')
  }
})

t.test('pages follow each other', async (t) => {
  const service = await startService(t)
  const keys: string[] = []
  let query = '?limit=1'
  for (let page = 0; page < 2; page++) {
    const body = SessionList.parse(await (await list(service, query)).body.json())
    keys.push(...body.sessions.map((session) => session.key))
    query = `?limit=1&cursor=${body.nextCursor}`
    t.equal(body.hasMore, page === 0)
  }
  t.same(keys.sort(), [MAIN, 'agent:work:main'])
})

t.test('a source that is down is 503, and never an empty list', async (t) => {
  const service = await startService(t)
  service.store.report('down', 'The folder cannot be read.')
  const ready = async () => request(`${service.url}/readyz`)
  let answer = await ready()
  while (answer.statusCode !== 503) {
    await answer.body.dump()
    answer = await ready()
  }
  t.ok(answer.headers['retry-after'])
  t.match(await answer.body.json(), {
    error: { code: 'sources_down', retryable: true, details: { sources: [{ status: 'down' }] } },
  })
  const refused = await list(service)
  t.match(refused, { statusCode: 503, headers: { 'retry-after': /^\d+$/ } })
})

t.test('one session in full, at its canonical key', async (t) => {
  const service = await startService(t)
  service.store.append(MAIN, line(4, 'four'))
  const answer = await request(`${service.url}/api/sessions/MAIN`, {
    headers: service.as('reader'),
  })
  const body = SessionDetail.parse(await answer.body.json())
  t.match(body, { session: { key: MAIN }, transcript: { messages: 4, position: /^4-/ } })
})

t.test('health of the process and of its sources, without a credential', async (t) => {
  const { url } = await startService(t)
  const get = async (path: string) => (await request(url + path)).body.json()
  t.same(await get('/healthz'), { ok: true })
  t.same(await get('/readyz'), { ok: true, sources: [{ source: 'gateway', status: 'ok' }] })
})
