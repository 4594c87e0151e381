import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { SessionDetail, SessionList } from '../../src/contract/session.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { historyQuery, openScene } from './scene.js'

/** A manager over a copy of a real store, so that nothing can be written to the original. */
async function openRelease(t: Test, release: string) {
  const stateDir = join(t.testdir(), release)
  await cp(new URL(`../../fixtures/openclaw-${release}`, import.meta.url), stateDir, {
    recursive: true,
  })
  const store = openclawFiles({ stateDir })
  const scene = openScene({ stores: [store], runtime: null })
  t.teardown(async () => {
    await scene.close()
    await store.close()
  })
  return scene
}

t.test('the store of a 2026.4.21 gateway', async (t) => {
  const scene = await openRelease(t, '2026.4.21')
  const list = await scene.list()
  t.doesNotThrow(() => SessionList.parse(list))
  t.equal(list.totalCount, 10, '11 entries, of which a cron job and its run are one')
  t.strictSame(new Set(list.sessions.map(({ agent }) => agent)), new Set(['main', 'work']))
  t.match(list.sources, [
    { status: 'ok', sessions: 7 },
    { status: 'ok', sessions: 3 },
  ])
  const row = (key: string) => list.sessions.find((session) => session.key === key)
  t.match(row('agent:main:locktest'), {
    status: 'stuck',
    statusReason: /nobody holds its transcript lock; its last answer ended with `aborted`/,
    contextFresh: false,
  })
  t.match(row('agent:main:newbypatch'), {
    status: 'unknown',
    totalTokens: null,
    costSource: 'unknown',
  })
  t.match(row('agent:main:main'), {
    status: 'done',
    flags: ['main'],
    kind: 'chat',
    costSource: 'reported',
  })
  t.match(row('agent:main:telegram:group:-100200300:topic:42'), {
    kind: 'group',
    displayName: 'telegram:g-100200300-topic-42',
  })
  t.equal(
    row('agent:main:subagent:0b82bedc-3de6-4851-9e08-b11d775bb861')?.spawnedBy,
    'agent:main:main',
  )

  const cut = await scene.manager.get('agent:work:main', FULL_GRANT)
  t.doesNotThrow(() => SessionDetail.parse(cut))
  const { messages } = await scene.manager.history('agent:work:main', historyQuery(), FULL_GRANT)
  const visible = messages.reduce((sum, { usage }) => sum + costOf(usage), 0)
  t.ok(
    (cut.session.totalCost ?? 0) > visible,
    'the cost of a cut session includes the part cut off',
  )

  const main = await scene.manager.get('main', FULL_GRANT)
  t.match(main.compactions, [
    { id: '27be1971', tokensBefore: 13949, tokensAfter: 25 },
    { id: 'd7c05c70', tokensBefore: 13880, tokensAfter: 25 },
  ])
  t.equal(main.compactions.length, 2, 'line and checkpoint of a compaction are one')
  const renamed = await scene.manager.history(
    'agent:work:slack:channel:c0ffee',
    historyQuery(),
    FULL_GRANT,
  )
  t.ok(renamed.messages.length > 0, 'a reset session whose file has another name')
})

t.test('the store of a 2026.5.28 gateway', async (t) => {
  const scene = await openRelease(t, '2026.5.28')
  const list = await scene.list()
  t.doesNotThrow(() => SessionList.parse(list))
  t.equal(list.totalCount, 9)
  const gone = list.sessions.find(({ key }) => key === 'agent:research:crash2')
  t.match(gone, {
    status: 'failed',
    flags: ['aborted-last-run', 'transcript-missing'],
    totalTokens: null,
  })
  t.match(await scene.manager.history('agent:research:crash2', historyQuery(), FULL_GRANT), {
    messages: [],
  })
  const active = await scene.manager.history(
    'agent:research:main',
    historyQuery({ limit: 1000 }),
    FULL_GRANT,
  )
  const all = await scene.manager.history(
    'agent:research:main',
    historyQuery({ limit: 1000, branch: 'all' }),
    FULL_GRANT,
  )
  t.ok(all.messages.length >= active.messages.length)
})

function costOf(usage: unknown): number {
  return (usage as { cost?: { total?: number } } | undefined)?.cost?.total ?? 0
}
