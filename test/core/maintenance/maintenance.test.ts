import { readdir, readFile, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { AuditEntry } from '../../../src/contract/audit.js'
import { CleanupRequest, openclawCleanup } from '../../../src/contract/cleanup.js'
import { FULL_GRANT, type Grant } from '../../../src/contract/grant.js'
import type { EditingRuntime } from '../../../src/contract/runtime.js'
import { createSessionManager } from '../../../src/core/index.js'
import { SessionsError } from '../../../src/errors.js'
import { createRunRegistry } from '../../../src/runtimes/in-process/index.js'
import { refusalOf } from '../../../src/runtimes/openclaw-gateway/refusal.js'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'
import { openclawFiles } from '../../../src/stores/openclaw/index.js'
import { stateDir } from '../../stores/openclaw/state-dir.js'
import { chat } from '../../suites/transcript-text.js'
import { grantOf } from '../scene.js'
import { DAY_MS } from './inventory.js'

const MAIN = 'agent:main:main'
const OLD = 'agent:main:old'
const STRAY = '0b82bedc-0000-4000-8000-000000000001'
const ask = (request: object = {}) => CleanupRequest.parse(request)

/** A manager over sessions in memory: a main one, a stale one, and one of another agent. */
function scene(t: Test, makeRuntime?: (log: string[]) => Partial<EditingRuntime['editor']>) {
  const store = memoryStore()
  const registry = createRunRegistry()
  const entries: AuditEntry[] = []
  const log: string[] = []
  const updatedAtMs = Date.now() - 40 * DAY_MS
  store.put({ key: MAIN, sessionId: 's1', updatedAtMs, label: 'Main' }, chat('s1', 9))
  store.put({ key: OLD, sessionId: 's2', updatedAtMs, label: 'Old' }, chat('s2', 2))
  store.put({ key: 'agent:work:w', sessionId: 's3', updatedAtMs: Date.now() }, chat('s3', 2))
  // The registry's own runs, with the editor that a gateway's runtime has.
  const runtime =
    makeRuntime === undefined ? registry : Object.assign(registry, { editor: makeRuntime(log) })
  const manager = createSessionManager({
    stores: [store],
    runtime,
    version: '0',
    audit: {
      append: async (entry) => void entries.push(entry),
      page: async () => ({
        entries: [],
        count: 0,
        limitApplied: 1,
        hasMore: false,
        nextCursor: null,
      }),
    },
  })
  t.teardown(async () => {
    await manager.close()
    await store.close()
    await registry.close()
  })
  return { store, registry, manager, entries, log }
}

t.test('a preview changes nothing and is not written down', async (t) => {
  const { entries, manager, store } = scene(t)
  const answer = await manager.cleanup(ask(), FULL_GRANT)
  t.match(answer, { mode: 'enforce', dryRun: true, via: 'store' })
  t.match(answer.stores, [
    {
      agentId: 'main',
      dryRun: true,
      beforeCount: 2,
      afterCount: 1,
      pruned: 1,
      wouldMutate: true,
      actions: [
        { key: MAIN, action: 'keep', flags: ['main'] },
        { key: OLD, action: 'prune-stale', label: 'Old' },
      ],
    },
    { agentId: 'work', wouldMutate: false },
  ])
  t.equal((await store.inventories())[0]?.entries.length, 2)
  t.strictSame(entries, [])
  const printed = openclawCleanup(answer)
  t.match(printed, { allAgents: true, mode: 'enforce', dryRun: true, stores: [{}, {}] })
  t.notOk(JSON.stringify(printed).includes('actions'))
  const one = await manager.cleanup(ask({ agent: 'Main' }), FULL_GRANT)
  t.match(openclawCleanup(one), { agentId: 'main', pruned: 1 })
})

t.test('applied, it is done and written down, session by session', async (t) => {
  const { entries, manager, store } = scene(t)
  const { stores } = await manager.cleanup(ask({ dryRun: false }), FULL_GRANT)
  t.match(stores[0], { dryRun: false, pruned: 1, applied: true, appliedCount: 1 })
  t.strictSame([...store.archives.keys()].length, 1)
  t.match(entries, [
    { action: 'cleanup', session: 'agent:*:*', outcome: 'asked', ok: null },
    { action: 'cleanup', session: 'agent:*:*', outcome: 'cleaned by the store', ok: true },
    { action: 'cleanup', session: OLD, outcome: 'prune-stale', bulk: true },
  ])
})

t.test('a session with a run or a pause stays', async (t) => {
  const { manager, registry } = scene(t)
  await registry.act(OLD, 'pause', { by: 'me', reason: null })
  const { stores } = await manager.cleanup(ask({ fixMissing: true }), FULL_GRANT)
  t.match(stores[0]?.actions[1], { key: OLD, action: 'keep', flags: ['running'] })
  await t.rejects(manager.delete(OLD, FULL_GRANT), { code: 'impossible_state' })
  await t.rejects(manager.compact(OLD, { maxLines: 2 }, FULL_GRANT), { code: 'impossible_state' })
  await t.rejects(manager.patch(OLD, { sendPolicy: 'allow' }, FULL_GRANT), {
    code: 'session_paused',
  })
})

t.test('a grant cleans up the stores that it wholly sees', async (t) => {
  const { manager } = scene(t)
  const work = await manager.cleanup(ask(), grantOf({ agents: ['work'] }))
  t.strictSame(
    work.stores.map(({ agentId }) => agentId),
    ['work'],
  )
  await t.rejects(manager.cleanup(ask(), grantOf({ sessions: ['agent:main:*'] })), {
    code: 'outside_grant',
  })
  for (const agent of ['main', 'nobody'])
    await t.rejects(manager.cleanup(ask({ agent }), grantOf({ agents: ['work'] })), {
      code: 'invalid_request',
      message: `No agent ${agent} has a session store here: see /api/sessions for those that do.`,
    })
  await t.rejects(manager.delete(OLD, grantOf({ agents: ['work'] })), { code: 'session_not_found' })
})

t.test('sessions are patched, cut, archived and deleted in their store', async (t) => {
  const { entries, manager, store } = scene(t)
  t.match(await manager.patch('old', { label: 'New' }, FULL_GRANT), { key: OLD, via: 'store' })
  t.match(await manager.compact(MAIN, { maxLines: 4 }, FULL_GRANT), {
    key: MAIN,
    compacted: true,
    kept: 4,
    archived: /bak/,
  })
  await t.rejects(manager.compact(MAIN, {}, FULL_GRANT), { code: 'no_runtime' })
  for (const act of [manager.delete(MAIN, FULL_GRANT), manager.archive(MAIN, FULL_GRANT)])
    await t.rejects(act, { code: 'impossible_state', message: /main session/ })
  t.match(await manager.archive(OLD, FULL_GRANT), { deleted: true, archived: [/reset/] })
  t.match(await manager.delete('agent:work:w', FULL_GRANT), { archived: [/deleted/] })
  t.equal(store.archives.size, 3)
  t.strictSame(
    entries
      .filter(({ outcome }) => outcome !== 'asked')
      .map(({ action, ok, outcome }) => [action, outcome, ok]),
    [
      ['patch', 'patched', true],
      ['compact', 'compacted', true],
      ['compact', 'no_runtime', false],
      ['delete', 'impossible_state', false],
      ['archive', 'impossible_state', false],
      ['archive', 'archived', true],
      ['delete', 'deleted', true],
    ],
  )
})

t.test('a live gateway writes what it can', async (t) => {
  const { log, manager, store } = scene(t, (log) => ({
    patch: async (key, fields) => void log.push(`patch ${key} ${JSON.stringify(fields)}`),
    delete: async (key) => log.push(`delete ${key}`) > 0,
    compact: async (key) => log.push(`compact ${key}`) > 0,
    cleanup: async () => {
      throw new SessionsError('not_supported', 'This release of the gateway has no cleanup.')
    },
  }))
  t.match(await manager.patch(OLD, { label: 'x' }, FULL_GRANT), { via: 'gateway' })
  t.match(await manager.archive(OLD, FULL_GRANT), { via: 'gateway' })
  t.match(await manager.compact(OLD, {}, FULL_GRANT), { compacted: true, via: 'gateway' })
  t.match(await manager.compact(MAIN, { maxLines: 3 }, FULL_GRANT), { kept: 3, via: 'store' })
  t.match(await manager.cleanup(ask({ dryRun: false }), FULL_GRANT), {
    via: 'gateway',
    stores: [{ pruned: 1 }, { pruned: 0 }],
  })
  t.strictSame(log, [
    `patch ${OLD} {"label":"x"}`,
    `patch ${OLD} {"archived":true}`,
    `compact ${OLD}`,
    `delete ${OLD}`,
  ])
  t.equal((await store.inventories())[0]?.entries.length, 2, 'its store is not written here')
})

t.test('the words of a gateway are for those from whom nothing is hidden', async (t) => {
  const refused = refusalOf('sessions.patch', {
    code: 'INVALID_REQUEST',
    message: 'label already in use: Secret (agent:work:w, /srv/openclaw)',
  })
  const refuse = async (): Promise<never> => {
    throw refused
  }
  const { entries, manager } = scene(t, () => ({ patch: refuse, delete: refuse, compact: refuse }))
  const acts = (grant: Grant) => [
    manager.patch(OLD, { label: 'x' }, grant),
    manager.archive('agent:main:old', { ...grant }),
    manager.delete(OLD, grant),
    manager.compact(OLD, {}, grant),
    manager.cleanup(ask({ dryRun: false, agent: 'main' }), grant),
  ]
  for (const limits of [
    { redact: 'text' },
    { redact: 'all' },
    { agents: ['main'] },
  ] satisfies Partial<Grant>[])
    for (const act of acts(grantOf(limits))) {
      const error = await act.catch((error: SessionsError) => error)
      t.ok(error instanceof SessionsError)
      if (error instanceof SessionsError)
        t.notMatch(JSON.stringify(error.body('r')), /Secret|agent:work|srv/)
    }
  await t.rejects(manager.patch(OLD, { label: 'x' }, FULL_GRANT), {
    code: 'impossible_state',
    message: /label already in use: Secret/,
  })
  t.notMatch(JSON.stringify(entries), /Secret/)
})

t.test('of real files, what is planned is what is done', async (t) => {
  const dir = stateDir(t)
  const old = Date.now() - 40 * DAY_MS
  await dir.store('main', {
    [MAIN]: { sessionId: 's1', updatedAt: old },
    [OLD]: { sessionId: 's2', updatedAt: old, unknown: { kept: 'with it' } },
    'agent:main:lost': { sessionId: 's4', updatedAt: Date.now() },
    'agent:main:kept': { sessionId: 's5', updatedAt: Date.now(), unknown: [1] },
  })
  await dir.write('openclaw.json', '{ session: { maintenance: { mode: "warn", maxEntries: 9 } } }')
  for (const id of ['s1', 's2', 's5']) await dir.transcript('main', `${id}.jsonl`, chat(id, 2))
  await dir.write('agents/main/sessions/s2.trajectory.jsonl', '{}\n')
  await dir.write('agents/main/sessions/x.jsonl.deleted.2020-01-01T00-00-00.000Z', 'x')
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  const request = { enforce: true, fixMissing: true }
  const planned = await manager.cleanup(ask(request), FULL_GRANT)
  t.match(planned.stores[0], {
    missing: 1,
    pruned: 1,
    afterCount: 2,
    expiredArchives: { removedFiles: 1 },
  })
  const warned = await manager.cleanup(ask({ dryRun: false }), FULL_GRANT)
  t.match(warned, { mode: 'warn', stores: [{ pruned: 0, appliedCount: 4 }] })
  const done = await manager.cleanup(ask({ ...request, dryRun: false }), FULL_GRANT)
  t.match(done.stores[0], { missing: 1, pruned: 1, afterCount: 2, appliedCount: 2 })
  const left = JSON.parse(await readFile(dir.file('main', 'sessions.json'), 'utf8'))
  t.strictSame(Object.keys(left), [MAIN, 'agent:main:kept'])
  t.strictSame(left['agent:main:kept'].unknown, [1])
  const names = await readdir(dirname(dir.file('main', 'x')))
  t.match(names.sort(), ['s1.jsonl', /^s2\.jsonl\.deleted\./, 's5.jsonl', 'sessions.json'])
  t.equal(names.length, 4)
})

t.test('a broken store is skipped and named, and hinders no other one', async (t) => {
  const dir = stateDir(t)
  const longAgo = new Date(Date.now() - 90 * DAY_MS)
  const updatedAt = longAgo.getTime()
  await dir.store('main', {
    [OLD]: { sessionId: 's2', updatedAt },
    [MAIN]: { sessionId: 's1', updatedAt },
  })
  for (const id of ['s1', 's2', STRAY]) {
    await dir.transcript('main', `${id}.jsonl`, chat(id, 2))
    await utimes(dir.file('main', `${id}.jsonl`), longAgo, longAgo)
  }
  await dir.write('agents/work/sessions/sessions.json', '{"agent:work:main":')
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  const why = /session store of work is not valid JSON/
  const agents = (await manager.cleanup(ask(), FULL_GRANT)).stores
  t.match(agents, [
    { agentId: 'main', pruned: 1, skipped: undefined },
    { agentId: 'work', storePath: /work/, wouldMutate: false, skipped: why, actions: [] },
  ])
  for (const dryRun of [true, false])
    await t.rejects(manager.cleanup(ask({ agent: 'work', dryRun }), FULL_GRANT), {
      code: 'unavailable',
      message: why,
    })
  t.match((await manager.cleanup(ask({ dryRun: false }), FULL_GRANT)).stores, [
    { agentId: 'main', pruned: 1, applied: true, appliedCount: 1 },
    { agentId: 'work', skipped: why, applied: undefined },
  ])
  const files = await readdir(dirname(dir.file('main', 'x')))
  t.ok(
    files.some((name) => name.startsWith('s2.jsonl.deleted.')),
    'put away',
  )
  t.ok(files.includes(`${STRAY}.jsonl`), 'the broken store may mean it')
  await dir.store('work', {})
  await manager.cleanup(ask({ agent: 'main', dryRun: false }), FULL_GRANT)
  t.notOk((await readdir(dirname(dir.file('main', 'x')))).includes(`${STRAY}.jsonl`), 'nobody does')
})
