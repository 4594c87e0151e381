import * as fc from 'fast-check'
import t from 'tap'
import { planCleanup } from '../../../src/core/maintenance/plan.js'
import { protectionOf } from '../../../src/core/maintenance/protection.js'
import { searches } from '../../searches.js'
import { ANY_RULES, DAY_MS, entry, file, INVENTORY, inventory, RULES } from './inventory.js'

const PROBE = 'explicit:model-run-0b82bedc-3de6-4851-9e08-b11d775bb861'

t.test(
  'stale sessions go with their files; groups, threads, main and active ones stay',
  async (t) => {
    const kept = [
      'main',
      'telegram:group:-1',
      'x:channel:c:thread:t',
      'telegram:direct:5:topic:9',
      'mine',
    ]
    const gone = [
      'old',
      'subagent:1',
      'cron:j',
      'acp:x',
      'hook:y',
      'node:z',
      'a:heartbeat',
      'explicit:e',
    ]
    const entries = [...kept, ...gone].map((rest) => entry(rest, 40))
    const typed = entry('typed', 40, { chatType: 'Group' })
    const timeless = entry('timeless', 0, { updatedAtMs: null })
    const young = entry('young', 29)
    const files = [file('old.jsonl', 40), file('old.trajectory.jsonl', 40, { kind: 'trajectory' })]
    const plan = planCleanup(inventory([...entries, typed, timeless, young], files), {
      ...RULES,
      activeKey: 'agent:main:mine',
    })
    t.strictSame(
      plan.remove,
      gone.map((rest) => `agent:main:${rest}`),
    )
    t.strictSame(plan.archive, ['old.jsonl'])
    t.strictSame(plan.erase, ['old.trajectory.jsonl'])
    t.match(plan.summary, { beforeCount: 16, afterCount: 8, pruned: 8, capped: 0, missing: 0 })
    t.match(
      plan.rows.find(({ key }) => key.endsWith(':main')),
      { action: 'keep', flags: ['main'] },
    )
    t.match(
      plan.rows.find(({ key }) => key.endsWith('old')),
      { action: 'prune-stale', ageMs: 40 * DAY_MS },
    )
  },
)

t.test('an age of its own counts for sessions, not for files', async (t) => {
  const store = inventory([entry('a', 2), entry('b', 0)], [file('orphan.jsonl', 3)])
  const plan = planCleanup(store, { ...RULES, ageMs: DAY_MS })
  t.strictSame([plan.remove, plan.erase], [['agent:main:a'], []])
})

t.test('the cap takes the oldest; those that must stay take places', async (t) => {
  const entries = [entry('main', 9), entry('a', 1), entry('b', 3), entry('c', 2)]
  const plan = planCleanup(inventory(entries, [], { maxEntries: 2 }), RULES)
  t.strictSame(plan.remove, ['agent:main:c', 'agent:main:b'])
  t.match(plan.summary, { capped: 2, afterCount: 2 })
})

t.test('probes go after a day, under pressure only', async (t) => {
  const entries = [entry(PROBE, 2), entry('a', 5), entry('explicit:model-run-x', 6)]
  t.strictSame(planCleanup(inventory(entries), RULES).remove, [])
  const pressed = planCleanup(inventory(entries, [], { maxEntries: 2 }), RULES)
  t.strictSame(pressed.remove, [`agent:main:${PROBE}`])
  t.match(pressed.summary, { modelRunPruned: 1, pruned: 0, capped: 0 })
})

t.test(
  'fix-missing takes what has no message, and no run that is about to write one',
  async (t) => {
    const entries = [
      entry('missing', 0, { transcript: 'missing' }),
      entry('telegram:group:1', 0, { transcript: 'empty' }),
      entry('running', 0, { transcript: 'missing', locked: true }),
      entry('live', 0, { transcript: 'missing' }),
      entry('never-had-one', 0, { sessionId: null, transcript: 'missing' }),
      entry('x', 0, { key: 'unknown', sessionId: null }),
    ]
    const isLive = (key: string) => key === 'agent:main:live'
    const plan = planCleanup(inventory(entries), { ...RULES, isLive, fixMissing: true })
    t.strictSame(plan.remove, ['agent:main:missing', 'agent:main:telegram:group:1', 'unknown'])
    t.equal(plan.summary.missing, 3)
  },
)

t.test("fix-dm-scope retires direct messages of the store's agent", async (t) => {
  const entries = ['direct:1', 'telegram:direct:1', 'telegram:acc:direct:1', 'a:b:c:direct:1'].map(
    (rest) => entry(rest, 0),
  )
  const other = entry('o', 0, { key: 'agent:work:direct:1' })
  const rules = { ...RULES, fixDmScope: true }
  const plan = planCleanup(inventory([...entries, other]), rules)
  t.strictSame(
    plan.remove,
    entries.slice(0, 3).map(({ key }) => key),
  )
  const scoped = inventory(entries, [], { dmScope: 'per-peer' })
  t.strictSame(planCleanup(scoped, rules).remove, [])
})

t.test('archives and orphans go when their time is over', async (t) => {
  const at = (days: number) => ({ archivedAtMs: file('x', days).modifiedAtMs })
  const files = [
    file('a.jsonl.deleted.1', 0, { kind: 'deleted', ...at(31) }),
    file('a.jsonl.deleted.2', 99, { kind: 'deleted', ...at(29) }),
    file('a.jsonl.reset.1', 0, { kind: 'reset', ...at(8) }),
    file('a.jsonl.bak.1', 99, { kind: 'cut', ...at(99) }),
    file('orphan.jsonl', 31),
    file('orphan.checkpoint.1.jsonl', 31, { kind: 'checkpoint' }),
    file('young.jsonl', 29),
    file('meant.jsonl', 99),
    file('foreign.jsonl', 99),
    file('shared', 99, { kind: 'prompt' }),
    file('sessions.json.1.tmp', 1, { kind: 'temporary' }),
    file('notes.txt', 99, { kind: 'other' }),
  ]
  const store = inventory([entry('meant', 0, { shared: ['shared'] })], files, {
    resetArchiveRetentionMs: 7 * DAY_MS,
  })
  const plan = planCleanup({ ...store, foreign: ['foreign.jsonl'] }, RULES)
  t.strictSame(plan.erase, [
    'a.jsonl.deleted.1',
    'a.jsonl.reset.1',
    'orphan.jsonl',
    'orphan.checkpoint.1.jsonl',
    'sessions.json.1.tmp',
  ])
  t.match(plan.summary, {
    unreferencedArtifacts: { scannedFiles: 10, removedFiles: 3, freedBytes: 3000 },
    expiredArchives: { removedFiles: 2, freedBytes: 2000 },
    wouldMutate: true,
  })
  const forGood = inventory([], files, { resetArchiveRetentionMs: null })
  t.notOk(planCleanup(forGood, RULES).erase.includes('a.jsonl.reset.1'))
})

t.test(
  'the budget frees archives first, then the oldest sessions, down to the high water',
  async (t) => {
    const entries = [entry('main', 9), entry('old', 5), entry('older', 6), entry('new', 1)]
    const files = [
      ...entries.map(({ sessionId }) => file(`${sessionId}.jsonl`, 1)),
      file('x.jsonl.bak.1', 3, { kind: 'cut', archivedAtMs: 1 }),
      file('sessions.json', 0, { kind: 'store' }),
    ]
    const tight = (maxDiskBytes: number, highWaterBytes: number) =>
      planCleanup(inventory(entries, files, { maxDiskBytes, highWaterBytes }), RULES)
    t.match(tight(5402, 1).summary.diskBudget, { overBudget: false, totalBytesBefore: 5402 })
    t.strictSame(tight(5000, 4500).erase, ['x.jsonl.bak.1'])
    const harder = tight(5000, 3400)
    t.strictSame(harder.remove, ['agent:main:older'])
    t.strictSame(harder.erase, ['x.jsonl.bak.1', 'older.jsonl'])
    t.match(harder.summary.diskBudget, {
      totalBytesBefore: 5402,
      totalBytesAfter: 3302,
      removedFiles: 2,
      removedEntries: 1,
      freedBytes: 2000,
      overBudget: true,
    })
    t.strictSame(tight(1, 0).remove, ['agent:main:older', 'agent:main:old', 'agent:main:new'])
  },
)

t.test('the disk is measured as OpenClaw measures it', async (t) => {
  const [old, checkpoint] = ['old.jsonl', 'old.checkpoint.1.jsonl']
  const entries = [entry('main', 0), entry('old', 9, { shared: [checkpoint] }), entry('gone', 40)]
  const files = [
    file(old, 1),
    file(checkpoint, 1, { kind: 'checkpoint' }),
    file('gone.jsonl', 40),
    file('gone.trajectory.jsonl', 40, { kind: 'trajectory' }),
  ]
  const store = inventory(entries, files, { maxDiskBytes: 1500, highWaterBytes: 1 })
  const [act, preview] = [RULES, { ...RULES, preview: true }].map((how) => planCleanup(store, how))
  t.equal(act?.erase.includes(checkpoint), false, 'a checkpoint outlives its session')
  t.ok(act?.erase.includes(old))
  const before = (plan: typeof act) => plan?.summary.diskBudget?.totalBytesBefore ?? 0
  t.equal(before(preview) - before(act), 1000, 'what goes with a session is off before the disk is')
  t.equal(preview?.summary.unreferencedArtifacts.scannedFiles, 4)
})

t.test(
  'in mode warn only what was asked for by name is done; a preview says what enforcing does',
  async (t) => {
    const store = inventory(
      [entry('old', 40), entry('lost', 0, { transcript: 'missing' })],
      [file('orphan.jsonl', 99)],
      { mode: 'warn', maxDiskBytes: 1, highWaterBytes: 1 },
    )
    const warned = planCleanup(store, { ...RULES, fixMissing: true })
    t.strictSame([warned.remove, warned.erase], [['agent:main:lost'], []])
    t.match(warned.summary, { mode: 'warn', diskBudget: { overBudget: true, removedFiles: 0 } })
    for (const how of [{ enforce: true }, { preview: true }])
      t.equal(planCleanup(store, { ...RULES, ...how }).remove.length, 2)
  },
)

t.test('of any store', async (t) => {
  fc.assert(
    fc.property(INVENTORY, ANY_RULES, (store, rules) => {
      const plan = planCleanup(store, rules)
      const { archive, erase, remove, rows, summary } = plan
      const gone = new Set(remove)
      const left = store.entries.filter(({ key }) => !gone.has(key))
      const touched = [...archive, ...erase]
      // Everything once, and counted where it is.
      t.equal(gone.size, remove.length)
      t.equal(new Set(touched).size, touched.length)
      t.equal(summary.afterCount, left.length)
      t.equal(rows.filter(({ action }) => action !== 'keep').length, remove.length)
      t.equal(summary.wouldMutate, remove.length + erase.length > 0)
      // Nobody who stays loses a file, here or in another store.
      const meant = new Set([
        ...store.foreign,
        ...left.flatMap(({ files, shared }) => [...files, ...shared]),
      ])
      t.notOk(touched.some((name) => meant.has(name)))
      t.notOk(touched.some((name) => name.startsWith('other-')))
      // What must stay stays.
      for (const one of store.entries)
        if (one.locked || rules.isLive(one.key) || one.key === rules.activeKey)
          t.notOk(gone.has(one.key), one.key)
      if (!rules.fixMissing && !rules.fixDmScope)
        for (const one of store.entries)
          if (protectionOf(one, rules, store.settings) !== null) t.notOk(gone.has(one.key), one.key)
      // To do it again finds nothing more that is stale or too much.
      const erased = new Set(erase)
      const next = planCleanup(
        {
          ...store,
          entries: left,
          files: store.files.filter(({ name }) => !erased.has(name) && !archive.includes(name)),
          storeBytes: left.reduce((sum, { bytes }) => sum + bytes, 2),
        },
        rules,
      )
      t.strictSame(next.remove, [])
      const budget = summary.diskBudget
      if (budget !== null && budget.removedEntries > 0)
        t.ok(budget.totalBytesBefore > budget.maxBytes)
    }),
    searches(300),
  )
})
