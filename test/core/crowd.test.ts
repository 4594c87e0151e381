import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { isObservedManager } from '../../src/contract/metrics.js'
import { createSessionManager } from '../../src/core/index.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { until } from '../until.js'
import { header, user } from './lines.js'
import { followQuery } from './scene.js'

const AGENTS = ['a', 'b', 'c', 'd', 'e']
const SESSIONS = 100
const EACH = 10
/** Gauges that followers do not hold: the log of what happened stays, for those who come back. */
const NOT_THEIRS = { stores: null, pendingTotals: 0, loggedEvents: 0, loggedBytes: 0 }

interface Place {
  readonly key: string
  readonly path: string
}

/** A state directory of five agents with a hundred sessions each. */
async function writeTown(stateDir: string): Promise<Place[]> {
  const places: Place[] = []
  for (const agent of AGENTS) {
    const folder = join(stateDir, 'agents', agent, 'sessions')
    await mkdir(folder, { recursive: true })
    const entries: Record<string, object> = {}
    for (let n = 0; n < SESSIONS; n++) {
      const sessionId = `${agent}-${n}`
      const key = `agent:${agent}:s${n}`
      const path = join(folder, `${sessionId}.jsonl`)
      entries[key] = { sessionId, updatedAt: 1 }
      places.push({ key, path })
      await writeFile(path, header(sessionId) + user('1', { id: 'e1' }))
    }
    await writeFile(join(folder, 'sessions.json'), JSON.stringify(entries))
  }
  return places
}

async function openTown(t: Test) {
  const stateDir = t.testdir()
  const places = await writeTown(stateDir)
  const store = openclawFiles({ stateDir })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  if (!isObservedManager(manager)) throw new Error('a manager that cannot be measured')
  return { manager, places }
}

/** Follows, and notes what came. */
async function follow(manager: ReturnType<typeof createSessionManager>, key: string) {
  const ended = new AbortController()
  const seen: FollowEvent[] = []
  const query = followQuery({})
  const follower = await manager.follow(key, query, FULL_GRANT, ended.signal)
  follower.pipe({
    write: (event) => {
      seen.push(event)
      return true
    },
    end: (error) => {
      if (error !== undefined) throw error
    },
  })
  return { seen, leave: () => ended.abort() }
}

t.test('500 sessions with ten followers each share what they need, and give it back', async (t) => {
  const { manager, places } = await openTown(t)
  await manager.health()
  await until(() => manager.gauges().pendingTotals === 0)
  const before = manager.gauges()
  t.match(before, { rows: 500, followers: 0, feeds: 0, watchedTranscripts: 0 })
  const everywhere = places.flatMap(({ key }) => new Array<string>(EACH).fill(key))
  const followers = await Promise.all(everywhere.map((key) => follow(manager, key)))
  await until(() => followers.every(({ seen }) => seen.length === 1))
  t.match(manager.gauges(), {
    followers: 5000,
    feeds: 500,
    watchedTranscripts: 500,
    stores: { watchedDirectories: before.stores.watchedDirectories },
  })
  for (const { path } of places) await appendFile(path, user('2', { id: 'e2' }))
  await until(() => followers.every(({ seen }) => seen.length === 2))
  for (let at = 0; at < followers.length; at += EACH) {
    const group = followers.slice(at, at + EACH)
    const [first] = group
    if (!group.every(({ seen }) => seen[1] === first?.seen[1])) t.fail('one object for all ten')
  }
  for (const { leave } of followers) leave()
  t.same(
    { ...manager.gauges(), ...NOT_THEIRS },
    { ...before, ...NOT_THEIRS },
    'nothing is left of them',
  )
})
