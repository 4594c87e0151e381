import { once } from 'node:events'
import { EventSource } from 'eventsource'
import t from 'tap'
import { assistant, header, user } from '../core/lines.js'
import { at, MAIN, startService } from '../http/service.js'
import { Client } from '../ws/client.js'

/** A number with more than six digits behind the point. */
const UNROUNDED = /\d\.\d{7,}|\de-\d/

const COSTS = [0.1, 0.2, 0.7442908499999999, 0.00000049]
const spent = (cost: number) => ({ input: 10, output: 1, cost })

t.test('money leaves with six decimals, whatever it leaves through', async (t) => {
  const service = await startService(t)
  const lines = COSTS.map((cost, n) => assistant('ok', spent(cost), { id: `a${n}` }))
  const text = header('paid') + user('hi', { id: 'u' }) + lines.join('')
  service.store.put({ key: MAIN, sessionId: 'paid', updatedAtMs: Date.now() }, text)
  service.store.put({ key: 'agent:main:stored', sessionId: null, lastRunCost: 0.1 + 0.2 })
  const get = async (path: string) =>
    (await fetch(`${service.url}${path}`, { headers: service.as('admin') })).text()
  const list = JSON.parse(await get('/api/sessions?messageLimit=5&sort=key'))
  t.match(
    list.sessions.filter(({ agent }: { agent: string }) => agent === 'main'),
    [
      { key: MAIN, totalCost: 1.044291 },
      { totalCost: 0.3, estimatedCost: 0.3 },
    ],
  )
  const key = at(MAIN)
  const source = new EventSource(`${service.url}/api/events?messages=*`, {
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, ...service.as('admin') } }),
  })
  t.teardown(() => source.close())
  await once(source, 'open')
  const told = once(source, 'sessions.changed')
  service.store.append(MAIN, assistant('more', spent(0.1 + 0.2), { id: 'a9' }))
  const [event] = await told
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.admin)
  const answers = {
    list: JSON.stringify(list),
    detail: await get(`/api/sessions/${key}`),
    history: await get(`/sessions/${key}/history`),
    json: await get(`/api/sessions/${key}/export?format=json`),
    jsonl: await get(`/api/sessions/${key}/export?format=jsonl`),
    markdown: await get(`/api/sessions/${key}/export?format=markdown`),
    event: event.data,
    rows: JSON.stringify(await client.ask('sessions.list')),
    chat: JSON.stringify(await client.ask('chat.history', { sessionKey: MAIN })),
  }
  for (const [name, answer] of Object.entries(answers)) t.notMatch(answer, UNROUNDED, name)
  for (const name of ['detail', 'history', 'json', 'event', 'rows'] as const)
    t.match(answers[name], /[cC]ost/, `${name} has money in it`)
})
