import { readFileSync } from 'node:fs'
import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { nearest } from '../../src/system/spelling.js'
import { at, MAIN, type Service, startService } from './service.js'

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { example: object } } }
}

/** Every route that is described, so that a new one is tried as well. */
const { paths }: { paths: Record<string, Record<string, Described>> } = JSON.parse(
  readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
)
const routes = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, facts]) => ({ path, method: method.toUpperCase(), facts })),
)

/** Fields that clients are known to send out of a habit, or one letter off. */
const FIELDS = ['sessionKeyz', 'actoin', 'maxLine', 'dryrun', 'constructor']

const asked = (path: string, query: string) => `${path.replace('{key}', at(MAIN))}?${query}`

async function call(service: Service, method: string, path: string, body?: unknown) {
  const answer = await fetch(service.url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...service.as('admin'),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
  const { status } = answer
  if (isJson) return { status, error: ((await answer.json()) as { error?: object }).error }
  await answer.body?.cancel()
  return { status, error: undefined }
}

t.test('every route refuses a parameter that it does not know', async (t) => {
  const service = await startService(t)
  for (const { facts, method, path } of routes) {
    const own = facts.parameters?.filter((one) => one.in === 'query').map(({ name }) => name) ?? []
    for (const unknown of ['frobnicate', 'constructor', ...own.map((name) => `${name}z`)]) {
      const meant = nearest(unknown, own)
      const { error, status } = await call(service, method, asked(path, `${unknown}=1`))
      t.equal(status, 400, `${method} ${path}?${unknown}`)
      t.match(error, { code: 'invalid_parameter', details: { parameter: unknown } })
      const advice = meant === null ? '' : ` did you mean "${meant}"?`
      const { message } = error as { message: string }
      t.ok(message.startsWith(`unknown parameter "${unknown}";${advice}`), message)
    }
    const mine = await call(service, method, asked(path, '_=17&_cache=no'))
    t.notMatch(mine.error, { code: 'invalid_parameter' }, `${method} ${path}?_`)
  }
  t.equal((await service.manager.get(MAIN, FULL_GRANT)).session.key, MAIN, 'nothing was done')
})

t.test('every route with a body refuses a field that it does not know', async (t) => {
  const service = await startService(t)
  for (const { facts, method, path } of routes.filter(({ method }) => /POST|PATCH/.test(method))) {
    const example = facts.requestBody?.content['application/json'].example ?? {}
    for (const unknown of FIELDS) {
      const body = { ...example, [unknown]: 1 }
      const { error, status } = await call(service, method, asked(path, ''), body)
      t.equal(status, 400, `${method} ${path} ${unknown}`)
      t.match(error, { code: 'invalid_body', details: { field: unknown } })
      const { message } = error as { message: string }
      t.ok(message.startsWith(`unknown field "${unknown}"; `), message)
    }
  }
})

t.test('a field of another type is named, with what is accepted', async (t) => {
  const service = await startService(t)
  for (const { facts, method, path } of routes.filter(({ method }) => /POST|PATCH/.test(method)))
    for (const field of Object.keys(facts.requestBody?.content['application/json'].example ?? {}))
      for (const value of [[{}], { no: 'such' }, -1.5, '', 'x'.repeat(10_000)]) {
        const body = { ...facts.requestBody?.content['application/json'].example, [field]: value }
        const { error, status } = await call(service, method, asked(path, ''), body)
        if (status !== 400) continue
        const { message } = error as { message: string }
        const what = `${method} ${path} ${field}=${JSON.stringify(value).slice(0, 20)}: ${message}`
        t.ok(message.includes(field), what)
        t.notMatch(message, /is not valid|undefined/, what)
      }
})

t.test('what near-misses are told', async (t) => {
  const service = await startService(t)
  const history = `/sessions/${at(MAIN)}/history`
  const rows: [path: string, meant: string][] = [
    ['/api/sessions?kindz=cron', 'unknown parameter "kindz"; did you mean "kinds"?'],
    ['/api/sessions?agentId=main', 'unknown parameter "agentId"; did you mean "agent"?'],
    ['/api/sessions?serach=x', 'unknown parameter "serach"; did you mean "search"?'],
    ['/api/sessions?min_cost=1', 'unknown parameter "min_cost"; did you mean "minCost"?'],
    ['/api/sessions?Limit=1', 'unknown parameter "Limit"; did you mean "limit"?'],
    [
      `${history}?include_tools=1`,
      'unknown parameter "include_tools"; did you mean "includeTools"?',
    ],
    [
      `${history}?follow=1&lastEventId=3-x`,
      'unknown parameter "lastEventId"; did you mean "last_event_id"?',
    ],
    [
      '/api/events?filter=x',
      'unknown parameter "filter"; known are agent, kinds, sessions, messages, includeTools, last_event_id, ticket',
    ],
    ['/healthz?verbose', 'unknown parameter "verbose"; this route takes none'],
  ]
  for (const [path, message] of rows)
    t.match(await call(service, 'GET', path), { status: 400, error: { message } }, path)
  const bodies: [body: object, message: string][] = [
    [
      { action: 'stop', keys: ['main'], reasn: 'x' },
      'unknown field "reasn"; did you mean "reason"?',
    ],
    [
      { action: 'stop', filter: { kindz: ['cron'] } },
      'unknown field of "filter" "kindz"; did you mean "kinds"?',
    ],
    [
      { action: 'halt', keys: ['main'] },
      'Field "action" of the body must be one of "pause", "resume", "stop", "kill".',
    ],
    [
      { action: 'stop', filter: { kind: ['chat'], kinds: ['cron'] } },
      'unknown field of "filter" "kind"; did you mean "kinds"?',
    ],
    [{ action: 'stop' }, 'The body must have either `keys` or `filter`.'],
  ]
  for (const [body, message] of bodies)
    t.match(await call(service, 'POST', '/api/sessions/control', body), {
      status: 400,
      error: { message },
    })
})

t.test('a filter may be written in the singular and the plural', async (t) => {
  const service = await startService(t)
  const list = async (query: string) => {
    const answer = await fetch(`${service.url}/api/sessions?${query}`, {
      headers: service.as('reader'),
    })
    const { sessions } = (await answer.json()) as { sessions: { key: string }[] }
    return sessions.map(({ key }) => key).sort()
  }
  const both = ['agent:main:main', 'agent:work:main']
  const rows: [query: string, keys: string[]][] = [
    ['kind=chat', both],
    ['kinds=chat', both],
    ['kind=cron', []],
    ['kind=cron&kinds=chat', both],
    ['agent=work', ['agent:work:main']],
    ['agents=work', ['agent:work:main']],
    ['agents=main,work', both],
    ['agent=main&agents=work', both],
    ['agents=nobody', []],
    ['channel=telegram', []],
    ['channels=telegram', []],
    ['statuses=idle,done,unknown', await list('status=idle,done,unknown')],
    ['sources=all', both],
  ]
  for (const [query, keys] of rows) t.strictSame(await list(query), keys, query)
  const filter = { agents: ['work'], kind: 'chat' }
  const body = { action: 'stop', filter, dryRun: true }
  const answer = await fetch(`${service.url}/api/sessions/control`, {
    method: 'POST',
    headers: { ...service.as('writer'), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  t.match(await answer.json(), { count: 1, results: [{ session: 'agent:work:main' }] })
  for (const name of ['session', 'sessions', 'message', 'kind', 'agents']) {
    const stream = await fetch(`${service.url}/api/events?${name}=main`, {
      headers: service.as('reader'),
    })
    t.equal(stream.status, 200, name)
    await stream.body?.cancel()
  }
})

t.test('a limit above the most is clamped, and the answer says to what', async (t) => {
  const service = await startService(t)
  for (const path of [
    '/api/sessions',
    `/sessions/${at(MAIN)}/history`,
    `/api/sessions/${at(MAIN)}/trajectory`,
    '/api/audit',
  ]) {
    const answer = await fetch(`${service.url}${path}?limit=5000000`, {
      headers: service.as('admin'),
    })
    t.match(await answer.json(), { limitApplied: 1000 }, path)
  }
})
