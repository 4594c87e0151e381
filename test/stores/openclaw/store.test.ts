import type { Test } from 'tap'
import t from 'tap'
import { openclawFiles } from '../../../src/stores/openclaw/index.js'
import { type SessionToPut, type StoreHarness, storeSuite } from '../../suites/store.js'
import { chat } from '../../suites/transcript-text.js'
import { open, stateDir } from './state-dir.js'

/** A gateway's hands: stores are replaced by rename, transcripts appended to. */
async function harness(t: Test, useNotification: boolean): Promise<StoreHarness> {
  const dir = stateDir(t)
  const entries = new Map<string, Map<string, object>>()
  const names = new Map<string, string>()
  const store = openclawFiles({ stateDir: dir.root, useNotification, pollMs: 50 })
  t.teardown(() => store.close())
  const agentOf = (key: string) => key.split(':')[1] ?? ''
  const nameOf = (key: string) => names.get(key) ?? 'never-put.jsonl'
  const write = (agent: string, change: (entries: Map<string, object>) => void) => {
    const own = entries.get(agent) ?? new Map()
    entries.set(agent, own)
    change(own)
    return dir.store(agent, Object.fromEntries(own))
  }
  return {
    store,
    async put({ key, sessionId, label, updatedAtMs }: SessionToPut, transcript?: string) {
      names.set(key, `${sessionId}.jsonl`)
      if (transcript !== undefined) await dir.transcript(agentOf(key), nameOf(key), transcript)
      const entry = { sessionId: sessionId ?? undefined, label, updatedAt: updatedAtMs }
      await write(agentOf(key), (entries) => entries.set(key, entry))
    },
    remove: (key) => write(agentOf(key), (entries) => entries.delete(key)),
    append: (key, text) => dir.append(agentOf(key), nameOf(key), text),
    replace: (key, text) => dir.transcript(agentOf(key), nameOf(key), text),
  }
}

storeSuite(t, 'files, with notification', (t) => harness(t, true))
storeSuite(t, 'files, by polling alone', (t) => harness(t, false))

t.test('tells what it holds, and how long its refreshes take', async (t) => {
  const dir = stateDir(t)
  await dir.store('main', { a: { sessionId: 'a' } })
  await dir.transcript('main', 'a.jsonl', chat('a', 3))
  const { store, view } = open(t, dir.root)
  const [times, others]: [number[], number[]] = [[], []]
  const end = store.observe({ refreshed: (ms) => times.push(ms) })
  store.observe({ refreshed: (ms) => others.push(ms) })
  await view.until('everything is read', () => true)
  t.ok(times.length > 0 && times.every((ms) => ms > 0))
  t.match(store.gauges(), { indexBytes: 0, pendingScans: 0 })
  t.ok(store.gauges().watchedDirectories >= 3)
  await store.transcript(view.get('agent:main:a')).mark('all')
  t.ok(store.gauges().indexBytes > 0)
  end()
  const { length } = times
  await dir.store('main', { a: { sessionId: 'a', label: 'changed' } })
  await view.until('changed', (view) => view.get('agent:main:a').label === 'changed')
  t.equal(times.length, length, 'whoever ended it hears nothing more')
  t.ok(others.length > length)
  await store.close()
  await view.close()
  t.strictSame(store.gauges(), { indexBytes: 0, pendingScans: 0, watchedDirectories: 0 })
})

t.test('a large store is read in a thread, and its small neighbour beside it', async (t) => {
  const dir = stateDir(t)
  const many = Array.from({ length: 3000 }, (_, i) => [
    `s${i}`,
    { sessionId: `s${i}`, label: 'x'.repeat(90) },
  ])
  await dir.store('large', Object.fromEntries(many))
  await dir.store('small', { a: {} })
  const { view } = open(t, dir.root)
  await view.until('everything is read', () => true)
  t.equal(view.changes.length, 1, 'the first change holds everything')
  t.equal(view.sessions.size, 3001)
  await dir.store(
    'large',
    Object.fromEntries([...many.slice(1), ['s0', { label: 'moved' }], ['new', {}]]),
  )
  await dir.store('small', { a: { label: 'b' } })
  await view.until(
    'both',
    (view) => view.sessions.has('agent:large:new') && view.get('agent:small:a').label === 'b',
  )
  t.equal(view.get('agent:large:s0').label, 'moved')
  const told = view.changes.slice(1).flatMap(({ upserted }) => upserted.map(({ key }) => key))
  t.strictSame(told.sort(), ['agent:large:new', 'agent:large:s0', 'agent:small:a'])
})
