import t from 'tap'
import { request } from 'undici'
import { openApiText } from '../../src/surfaces/http/openapi/document.js'
import { ALL_OPERATIONS } from '../../src/surfaces/http/operations.js'
import { at, MAIN, startService } from './service.js'
import { RawStream } from './sse-client.js'

const twins = ALL_OPERATIONS.filter(({ longPath }) => longPath !== undefined)

t.test('history and kill answer alike at both of their paths', async (t) => {
  t.same(
    twins.map(({ path, longPath }) => [path, longPath]),
    [
      ['/sessions/{key}/history', '/api/sessions/{key}/history'],
      ['/sessions/{key}/kill', '/api/sessions/{key}/kill'],
    ],
  )
  const service = await startService(t)
  const ask = async (method: string, path: string, who: string | null, more = {}) => {
    const answer = await request(service.url + path, {
      method: method as 'GET',
      headers: { ...(who === null ? {} : service.as(who)), ...more },
      ...(method === 'POST' ? { body: '{}' } : {}),
    })
    const { date: _, 'x-request-id': id, ...headers } = answer.headers
    const body = (await answer.body.text()).replaceAll(String(id), '<id>')
    return { status: answer.statusCode, headers, body }
  }
  const json = { 'content-type': 'application/json' }
  for (const { longPath = '', method, path } of twins)
    for (const key of [MAIN, 'main', 'agent:main:nobody', ' ', '%00'])
      for (const query of ['', '/', '?limit=2', '?limit=x', '?nonsense=1', '?cursor=9'])
        for (const verb of [method, method === 'GET' ? 'HEAD' : 'PUT', 'OPTIONS', 'DELETE'])
          for (const who of ['admin', 'reader']) {
            const segment = key === '%00' ? key : at(key)
            const [short, long] = await Promise.all(
              [path, longPath].map((one) =>
                ask(verb, one.replace('{key}', segment) + query, who, verb === 'POST' ? json : {}),
              ),
            )
            t.same(long, short, `${verb} ${path} ${key} ${query} ${who}`)
          }
  const firstOf = async (path: string) => {
    const stream = await RawStream.open(service.url + path, service.as('reader'))
    const { 'x-request-id': _, date: __, ...headers } = stream.headers
    const event = await stream.event()
    await stream.close()
    return { status: stream.status, headers, event }
  }
  const follow = `sessions/${at(MAIN)}/history?follow=1`
  t.same(await firstOf(`/api/${follow}`), await firstOf(`/${follow}`))
})

t.test('the short path is described and names the other; without it the long one is', async (t) => {
  const { paths } = JSON.parse(openApiText('0.0.0'))
  for (const { longPath = '', method, path } of twins) {
    t.ok(paths[path][method.toLowerCase()].description.includes(`Also at \`${longPath}\``))
    t.notOk(longPath in paths)
  }
  const service = await startService(t, { shortPaths: false })
  const alone = await request(`${service.url}/openapi.json`)
  const document = (await alone.body.json()) as { paths: Record<string, object> }
  for (const { longPath = '', path } of twins) {
    t.ok(longPath in document.paths)
    t.notOk(path in document.paths)
  }
})
