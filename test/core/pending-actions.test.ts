import t from 'tap'
import { type PendingAction, PendingActions } from '../../src/core/control/act.js'
import { KeyedMutex } from '../../src/core/control/mutex.js'
import { within } from '../../src/core/control/within.js'

const KEY = 'agent:main:main'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

t.test(
  'an order is superseded by a later one that wants the opposite, and by no other',
  async (t) => {
    const orders = new PendingActions()
    const { open, opened } = gate()
    const given: PendingAction[] = []
    const give = (action: 'pause' | 'resume' | 'stop', by: string, key = KEY) =>
      orders.during(key, action, by, async (order) => {
        given.push(order)
        await opened
      })
    const all = [
      give('pause', 'anna'),
      give('pause', 'ben'),
      give('stop', 'carl'),
      give('pause', 'dora', 'agent:main:other'),
      give('resume', 'eve'),
      give('resume', 'fred'),
    ]
    t.strictSame(
      given.map(({ supersededBy }) => supersededBy?.by ?? null),
      ['eve', 'eve', null, null, null, null],
    )
    open()
    await Promise.all(all)
    await orders.during(KEY, 'pause', 'gina', async (order) => t.equal(order.supersededBy, null))
    t.equal(given[4]?.supersededBy, null, 'what was answered is not superseded')
  },
)

t.test(
  'work on one key is done in turn, also after a failure; unwanted work is left out',
  async (t) => {
    const mutex = new KeyedMutex()
    const { open, opened } = gate()
    const done: string[] = []
    const work =
      (name: string, wait = Promise.resolve()) =>
      async () => {
        await wait
        done.push(name)
        if (name === 'b') throw new Error('b broke')
        return name
      }
    const yes = () => true
    const a = mutex.run(KEY, work('a', opened), yes)
    const b = mutex.run(KEY, work('b'), yes)
    const c = mutex.run(KEY, work('c'), () => false)
    const d = mutex.run(KEY, work('d'), yes)
    await mutex.run('agent:main:other', work('elsewhere'), yes)
    t.strictSame(done, ['elsewhere'])
    open()
    await t.rejects(b, { message: 'b broke' })
    t.strictSame(await Promise.all([a, c, d]), ['a', null, 'd'])
    t.strictSame(done, ['elsewhere', 'a', 'b', 'd'])
  },
)

t.test('waiting has an end', async (t) => {
  const { open, opened } = gate()
  t.equal(await within(opened, 5), 'late')
  open()
  t.strictSame(await within(Promise.resolve(1), 1000), { value: 1 })
  await t.rejects(within(Promise.reject(new Error('no')), 1000), { message: 'no' })
})
