import t from 'tap'
import { CleanupRequest } from '../../src/contract/cleanup.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { FollowQuery, HistoryQuery } from '../../src/contract/history.js'
import { EventsQuery } from '../../src/contract/live-event.js'
import { ListQuery } from '../../src/contract/session.js'
import { TrajectoryQuery } from '../../src/contract/trajectory.js'
import { remoteManager } from '../../src/remote/remote-manager.js'
import { completeManager } from '../../src/service/host-manager.js'
import { line, MAIN, startService } from '../http/service.js'
import { until } from '../until.js'

const grant = FULL_GRANT

t.test('a service is asked as a manager in this process is', async (t) => {
  const service = await startService(t)
  const { manager: local, tokens, url } = service
  const remote = remoteManager({ url, token: tokens.admin, onNote: () => {} })
  const query = ListQuery.parse({ limit: 3, sort: 'key', status: ['idle', 'done', 'unknown'] })
  const [here, there] = [await local.list(query, grant), await remote.list(query, grant)]
  t.strictSame(there.page().sessions, here.page().sessions)
  t.equal(there.etag, here.etag)
  t.equal(there.nextCursor, here.nextCursor)
  t.strictSame(await remote.get(MAIN, grant), await local.get(MAIN, grant))
  t.equal(await remote.resolve('main', grant), MAIN)
  const page = HistoryQuery.parse({ limit: 2, includeTools: true })
  t.strictSame(await remote.history(MAIN, page, grant), await local.history(MAIN, page, grant))
  const steps = TrajectoryQuery.parse({})
  t.strictSame(
    await remote.trajectory(MAIN, steps, grant),
    await local.trajectory(MAIN, steps, grant),
  )
  const stale = CleanupRequest.parse({ age: '90m', agent: 'main' })
  const planned = async (manager: typeof remote) =>
    (await manager.cleanup(stale, grant)).stores.map(({ pruned }) => pruned)
  t.strictSame(await planned(remote), await planned(local))
  t.match(await remote.health(), { ok: true })
  await t.rejects(remote.get('agent:main:none', grant), { code: 'session_not_found' })
})

t.test(
  'followers of a service are iterated or piped, and go on as the sink has room',
  async (t) => {
    const service = await startService(t)
    const remote = remoteManager({
      url: service.url,
      token: service.tokens.reader,
      onNote: () => {},
    })
    const end = new AbortController()
    const follower = await remote.follow(MAIN, FollowQuery.parse({}), grant, end.signal)
    const seen: string[] = []
    let ended = false
    follower.pipe({
      write: ({ type }) => {
        seen.push(type)
        return false
      },
      end: () => {
        ended = true
      },
    })
    await until(() => seen.length === 1)
    service.store.append(MAIN, line(4, 'four'))
    follower.resume()
    await until(() => seen.length === 2)
    t.strictSame(seen, ['history', 'message'])
    follower.resume()
    end.abort()
    await until(() => ended)

    const stop = new AbortController()
    for await (const { type } of await remote.events(EventsQuery.parse({}), grant, stop.signal)) {
      t.equal(type, 'tick')
      stop.abort()
    }
    const gone = remote.follow(
      'agent:main:none',
      FollowQuery.parse({}),
      grant,
      new AbortController().signal,
    )
    await t.rejects(gone, { code: 'session_not_found' })
  },
)

t.test('what a host leaves out is refused, what it has keeps its instance', async (t) => {
  class Host {
    readonly #keys = [MAIN]
    async resolve() {
      return this.#keys[0] ?? ''
    }
  }
  const manager = completeManager(new Host() as never)
  t.equal(await manager.resolve(MAIN, grant), MAIN)
  await t.rejects(manager.events(EventsQuery.parse({}), grant, new AbortController().signal), {
    code: 'not_supported',
  })
  const service = await startService(t)
  t.equal(completeManager(service.manager), service.manager, 'nothing is missing')
})
