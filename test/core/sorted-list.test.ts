import fc from 'fast-check'
import t from 'tap'
import { SortedList } from '../../src/core/list/sorted-list.js'
import { searches } from '../searches.js'

interface Item {
  readonly value: number
  readonly name: number
}

/** Half of the order is by rank, the other half is of ties. */
const byValue = (a: Item, b: Item) => a.value - b.value
const options = { rankOf: ({ value }: Item) => value >> 2, compareTies: byValue }

t.test('it holds what was added and not removed, in order', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ value: fc.nat(40), remove: fc.boolean(), at: fc.nat() }), {
        maxLength: 4000,
        size: 'max',
      }),
      fc.nat(40),
      (steps, from) => {
        const list = new SortedList<Item>(options)
        const plain: Item[] = []
        for (const [name, { at, remove, value }] of steps.entries()) {
          if (remove && plain.length > 0) {
            const [gone] = plain.splice(at % plain.length, 1)
            if (gone === undefined || !list.remove(gone)) return false
          } else {
            const item = { value, name }
            plain.push(item)
            list.add(item)
          }
        }
        const kept = [...list.from(-1)]
        const behind = [...list.from(from >> 2, (item) => item.value < from)]
        return (
          list.size === plain.length &&
          new Set(kept).size === plain.length &&
          plain.every((item) => kept.includes(item)) &&
          kept.every((item, at) => at === 0 || byValue(kept[at - 1] as Item, item) <= 0) &&
          behind.length === plain.filter(({ value }) => value >= from).length
        )
      },
    ),
    searches(60),
  )
})

t.test('ten thousand items come out in order, and what is not there is not removed', async (t) => {
  const list = new SortedList<number>({ rankOf: (number) => number })
  const numbers = Array.from({ length: 10_000 }, (_, n) => (n * 7919) % 10_000)
  for (const number of numbers) list.add(number)
  t.notOk(list.remove(10_001))
  t.equal(list.size, 10_000)
  for (let number = 0; number < 10_000; number++)
    if (list.shift() !== number) t.fail(`not ${number}`)
  t.equal(list.shift(), undefined)
})
