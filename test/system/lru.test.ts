import t from 'tap'
import { Recents } from '../../src/system/lru.js'

t.test('what is in use stays, however much else comes by', async (t) => {
  const recents = new Recents<string, number>({ max: 8 })
  recents.set('used', 1)
  for (let n = 0; n < 1000; n++) {
    recents.set(`other-${n}`, n)
    if (recents.get('used') !== 1) t.fail(`gone after ${n}`)
  }
  const left = Array.from({ length: 1000 }, (_, n) => recents.get(`other-${n}`))
  t.ok(left.filter((value) => value !== undefined).length <= 8)
  t.equal(recents.get('other-999'), 999)
})

t.test('what weighs too much goes, but the newest', async (t) => {
  const weights = { a: 10, b: 10, c: 500 }
  const recents = new Recents<string, keyof typeof weights>({
    max: 100,
    maxWeight: 40,
    weightOf: (name) => weights[name],
  })
  for (const name of ['a', 'b', 'c'] as const) recents.set(name, name)
  t.equal(recents.get('c'), 'c')
  recents.set('b', 'b')
  recents.set('a', 'a')
  recents.set('b', 'b')
  recents.set('a', 'a')
  t.equal(recents.get('c'), undefined)
  t.equal(recents.get('a'), 'a')
})
