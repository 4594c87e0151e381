import t from 'tap'
import { Random } from '../../src/demo/random.js'

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next())
}

t.test('the same seed gives the same numbers, another seed others', async (t) => {
  t.strictSame(draw(new Random('a'), 50), draw(new Random('a'), 50))
  t.notSame(draw(new Random('a'), 5), draw(new Random('b'), 5))
})

t.test('a fork does not depend on what was drawn before', async (t) => {
  const fresh = new Random('a')
  const used = new Random('a')
  draw(used, 10)
  t.strictSame(draw(used.fork('x'), 20), draw(fresh.fork('x'), 20))
  t.notSame(draw(used.fork('x'), 5), draw(used.fork('y'), 5))
})

t.test('numbers fill their range evenly', async (t) => {
  const random = new Random('even')
  const seen = new Map<number, number>()
  for (let n = 0; n < 12_000; n++) {
    const die = random.int(1, 6)
    seen.set(die, (seen.get(die) ?? 0) + 1)
  }
  t.strictSame([...seen.keys()].sort(), [1, 2, 3, 4, 5, 6])
  for (const count of seen.values()) t.ok(Math.abs(count - 2000) < 250, `${count}`)
})

t.test('ids have their form', async (t) => {
  const random = new Random('ids')
  t.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(new Set(Array.from({ length: 1000 }, () => random.uuid())).size, 1000)
})
