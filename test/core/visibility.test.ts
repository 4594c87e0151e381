import t from 'tap'
import { header, user } from './lines.js'
import { eventually, grantOf, historyQuery, openScene } from './scene.js'

t.test('what a grant may not see does not exist for it', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const { manager, store } = scene
  store.put({ key: 'agent:main:main', sessionId: 'm', updatedAtMs: 9 })
  store.put({
    key: 'agent:main:subagent:1',
    sessionId: 'c1',
    spawnedBy: 'agent:main:main',
    updatedAtMs: 8,
  })
  store.put({
    key: 'agent:main:subagent:2',
    sessionId: 'c2',
    spawnedBy: 'agent:main:subagent:1',
    updatedAtMs: 7,
  })
  store.put({
    key: 'agent:work:subagent:3',
    sessionId: 'c3',
    spawnedBy: 'agent:main:main',
    updatedAtMs: 6,
  })
  store.put({
    key: 'agent:main:subagent:4',
    sessionId: 'c4',
    spawnedBy: 'agent:work:subagent:3',
    updatedAtMs: 5,
  })
  store.put({ key: 'agent:work:main', sessionId: 'w', updatedAtMs: 4 })

  const mine = grantOf({ sessions: ['AGENT:main:MAIN'] })
  t.strictSame(
    await scene.keys({}, mine),
    [
      'agent:main:main',
      'agent:main:subagent:1',
      'agent:main:subagent:2',
      'agent:work:subagent:3',
      'agent:main:subagent:4',
    ],
    'a seen session shows all that it spawned',
  )
  const walled = grantOf({ agents: ['MAIN'], sessions: ['agent:main:main'] })
  const list = await scene.list({}, walled)
  t.strictSame(
    list.sessions.map(({ key }) => key),
    ['agent:main:main', 'agent:main:subagent:1', 'agent:main:subagent:2'],
    'agents are a wall, and what is behind it leads nowhere',
  )
  t.strictSame(list.sessions[0]?.childSessions, ['agent:main:subagent:1'])
  t.match(list, { totalCount: 3, sources: [{ sessions: 3 }] })
  t.notMatch(JSON.stringify(list), /agent:work/)

  const child = grantOf({ sessions: ['*:subagent:2'] })
  const { session } = await manager.get('agent:main:subagent:2', child)
  t.equal(session.spawnedBy, null, 'an unseen parent is not named')
  t.strictSame(await scene.keys({ spawnedBy: 'agent:main:subagent:1' }, child), [])
  t.match((await manager.get('agent:main:main', walled)).children, [
    { key: 'agent:main:subagent:1' },
  ])

  const refused = { code: 'session_not_found', message: 'Session not found: agent:work:main' }
  await t.rejects(manager.get('agent:work:main', walled), refused)
  await t.rejects(manager.history('agent:work:main', historyQuery(), walled), refused)
  await t.rejects(manager.control('agent:work:main', { action: 'kill' }, walled), refused)
  await t.rejects(manager.kill('w', walled), { code: 'session_not_found' }, 'nor by its id')
})

t.test('a source of agents that are not seen is not named', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:work:main', sessionId: 'w' })
  scene.store.report('degraded', 'The entry agent:work:main is broken.')
  const { sources } = await scene.list({}, grantOf({ sessions: ['agent:main:*'] }))
  t.strictSame(sources, [
    {
      id: 'memory',
      source: 'gateway',
      status: 'degraded',
      message: 'Not all of it could be read.',
      sessions: 0,
    },
  ])
})

t.test(
  'redaction holds in rows, previews and history, and filters do not look behind it',
  async (t) => {
    const scene = openScene()
    t.teardown(() => scene.close())
    const key = 'agent:main:main'
    const facts = {
      key,
      sessionId: 's',
      label: 'Secret label',
      subject: 'Secret subject',
      displayName: 'Secret name',
      workingDir: '/secret',
    }
    scene.store.put(facts, header('s') + user('the secret prompt', { id: 'a1' }))

    const text = grantOf({ redact: 'text' })
    const [row] = (await scene.list({ messageLimit: 5 }, text)).sessions
    t.match(row, {
      lastUserPrompt: '[redacted]',
      label: 'Secret label',
      messages: [{ content: '[redacted]' }],
    })
    t.strictSame(await scene.keys({ search: 'secret label' }, text), [key])
    t.strictSame(await scene.keys({ search: 'prompt' }, text), [])

    const all = grantOf({ redact: 'all' })
    const hidden = await scene.list({ messageLimit: 5 }, all)
    t.notMatch(JSON.stringify(hidden), /secret/i)
    for (const query of [{ search: 'secret' }, { label: 'Secret label' }, { search: '[redacted]' }])
      t.strictSame(await scene.keys(query, all), [], JSON.stringify(query))
    t.strictSame(await scene.keys({ search: 'main:main' }, all), [key])
    const page = await scene.manager.history(key, historyQuery({ maxChars: 1 }), all)
    t.match(page.messages, [{ role: 'user', content: '[redacted]' }])
  },
)

t.test('a chain of spawners of any length, or a ring, is walked', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const key = (n: number) => `agent:main:subagent:${n}`
  for (let n = 1; n <= 1000; n++)
    scene.store.put({ key: key(n), sessionId: `s${n}`, spawnedBy: key(n - 1) })
  scene.store.put({ key: key(1), spawnedBy: key(1000) })
  const grant = grantOf({ sessions: [key(7)] })
  await eventually(async () => (await scene.list()).totalCount === 1000)
  t.equal(await scene.manager.resolve(key(1000), grant), key(1000))
  t.equal((await scene.list({}, grant)).totalCount, 1000)
  await t.rejects(scene.manager.resolve(key(1), grantOf({ sessions: ['x'] })), {
    code: 'session_not_found',
  })
})
