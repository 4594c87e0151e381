import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { createSessionManager } from '../../src/core/index.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'

const KEY = 'agent:main:main'
const SUMMARY = {
  outputDir: '/ws/b',
  displayPath: 'b',
  sessionId: 's',
  eventCount: 0,
  runtimeEventCount: 0,
  transcriptEventCount: 0,
  files: [],
}

t.test('a bundle is for those who see the session and may read its words', async (t) => {
  const asked: unknown[] = []
  const store = Object.assign(memoryStore(), {
    writeBundle: async (session: { key: string }, request: object) => {
      asked.push([session.key, request])
      return SUMMARY
    },
  })
  store.put({ key: KEY, sessionId: 's' })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  t.teardown(() => manager.close())
  const request = { workspace: '/ws' }
  t.strictSame(await manager.exportTrajectory('main', request, FULL_GRANT), SUMMARY)
  t.strictSame(asked, [[KEY, request]])
  for (const redact of ['text', 'all'] as const)
    await t.rejects(manager.exportTrajectory(KEY, request, { ...FULL_GRANT, redact }), {
      code: 'outside_grant',
    })
  const stranger = { ...FULL_GRANT, agents: ['other'] }
  await t.rejects(manager.exportTrajectory(KEY, request, stranger), { code: 'session_not_found' })
  t.equal(asked.length, 1)
})

t.test('a store that writes none says so', async (t) => {
  const store = memoryStore()
  store.put({ key: KEY, sessionId: 's' })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  t.teardown(() => manager.close())
  await t.rejects(manager.exportTrajectory(KEY, { workspace: '/ws' }, FULL_GRANT), {
    code: 'not_supported',
    message: /writes no bundles/,
  })
})
