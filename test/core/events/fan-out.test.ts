import t from 'tap'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { EventsQuery, type LiveEvent } from '../../../src/contract/live-event.js'
import { eventually, openScene } from '../scene.js'

t.test('what happens at once leaves at once, in one write for each subscriber', async (t) => {
  const scene = openScene()
  const abort = new AbortController()
  t.teardown(async () => {
    abort.abort()
    await scene.close()
  })
  await scene.list()
  const writes: LiveEvent[][] = []
  const stream = await scene.manager.events(EventsQuery.parse({}), FULL_GRANT, abort.signal)
  stream.pipe({
    together: (write) => {
      writes.push([])
      write()
    },
    write: (event) => (writes.at(-1)?.push(event) ?? 0) > 0,
    end: () => {},
  })
  for (let index = 0; index < 50; index++) scene.store.put({ key: `agent:main:${index}` })
  await eventually(() => writes.flat().length > 50)
  t.equal(writes.flat().length, 51, 'a tick, and each session')
  t.ok(writes.length <= 4, `in ${writes.length} writes`)
})

t.test('more subscribers than one turn serves, and those who come and go meanwhile', async (t) => {
  const scene = openScene({ settings: { rowEventIntervalMs: 1 } })
  t.teardown(() => scene.close())
  await scene.list()
  const aborts = Array.from({ length: 600 }, () => new AbortController())
  const seen = new Map<AbortController, string[]>()
  for (const abort of aborts) {
    const labels: string[] = []
    seen.set(abort, labels)
    const stream = await scene.manager.events(EventsQuery.parse({}), FULL_GRANT, abort.signal)
    stream.pipe({
      write: ({ data, type }) => {
        if (type === 'sessions.changed') labels.push(data.session?.label ?? '')
        return true
      },
      end: () => {},
    })
  }
  const [leaves, ...stay] = aborts
  for (let count = 1; count <= 30; count++) {
    scene.store.put({ key: `agent:main:${count}`, label: `${count}` })
    if (count === 10) leaves?.abort()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const all = Array.from({ length: 30 }, (_, index) => `${index + 1}`)
  await eventually(() => stay.every((abort) => seen.get(abort)?.length === 30))
  t.ok(
    stay.every((abort) => String(seen.get(abort)) === String(all)),
    'all of it, in order',
  )
  t.ok(leaves !== undefined && (seen.get(leaves)?.length ?? 0) <= 10)
  for (const abort of stay) abort.abort()
})
