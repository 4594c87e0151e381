import t from 'tap'
import { Turns } from '../../src/core/rows/turns.js'

/** Holds the thread. */
function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

t.test(
  'long work leaves a turn to others after each slice, and takes one turn a round',
  async (t) => {
    const turns = new Turns(2)
    const log: string[] = []
    const work = (name: string) =>
      turns.walk([1, 2, 3, 4], () => {
        log.push(name)
        spin(3)
      })
    let rounds = 0
    let most = 0
    let running = true
    const count = () => {
      rounds += 1
      most = Math.max(most, log.length)
      log.length = 0
      if (running) setImmediate(count)
    }
    setImmediate(count)
    await Promise.all([work('a'), work('b'), work('c')])
    running = false
    t.ok(rounds >= 12, `${rounds} rounds`)
    t.equal(most, 1, 'steps in one round')
  },
)

t.test('items that come while they are walked are met', async (t) => {
  const items = new Set([1])
  const met: number[] = []
  await new Turns(0).walk(items, (item) => {
    met.push(item)
    if (item < 5) items.add(item + 1)
  })
  t.strictSame(met, [1, 2, 3, 4, 5])
})

t.test('a step that fails ends its own work only', async (t) => {
  const turns = new Turns(0)
  const broken = turns.walk([1], () => {
    throw new RangeError('broken')
  })
  const met: number[] = []
  const other = turns.walk([1, 2], (item) => met.push(item))
  await t.rejects(broken, { message: 'broken' })
  await other
  t.strictSame(met, [1, 2])
})
