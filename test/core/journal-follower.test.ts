import t from 'tap'
import { Journal } from '../../src/core/rows/journal.js'
import { JournalFollower } from '../../src/core/rows/journal-follower.js'
import { Turns } from '../../src/core/rows/turns.js'

/** A copy of `source`, kept by a journal of its keys. */
function copied(source: ReadonlyMap<string, number>) {
  const journal = new Journal()
  const copy = new Map<string, number>()
  let restarts = 0
  const upkeep = new JournalFollower({
    turns: new Turns(0),
    end: () => journal.end,
    since: (place) => journal.since(place),
    restart: () => {
      restarts += 1
      copy.clear()
      return source.keys()
    },
    update: (key) => {
      const value = source.get(key)
      if (value === undefined) copy.delete(key)
      else copy.set(key, value)
    },
  })
  return { copy, journal, restarts: () => restarts, upkeep }
}

const numbered = (count: number): Map<string, number> =>
  new Map(Array.from({ length: count }, (_, n) => [`k${n}`, n] as const))

t.test('it is nothing to show until it is made, and then what moved is enough', async (t) => {
  const source = numbered(10)
  const { copy, journal, restarts, upkeep } = copied(source)
  t.notOk(upkeep.catchUp())
  const both = [upkeep.prepare(), upkeep.prepare()]
  await new Promise(setImmediate)
  t.notOk(upkeep.catchUp(), 'half of it is nothing to show')
  source.set('k0', 100)
  journal.note('k0')
  source.delete('k1')
  journal.note('k1')
  await Promise.all(both)
  t.ok(upkeep.catchUp())
  t.strictSame([...copy].sort(), [...source].sort())
  t.equal(restarts(), 1, 'made once for both')
})

t.test('much that moved is taken in turns, and what moves meanwhile after it', async (t) => {
  const source = numbered(1000)
  const { copy, journal, restarts, upkeep } = copied(source)
  await upkeep.prepare()
  for (const key of source.keys()) {
    source.set(key, -1)
    journal.note(key)
  }
  const prepared = upkeep.prepare()
  for (let n = 0; n < 600; n++) {
    await new Promise(setImmediate)
    source.set(`k${n}`, -2)
    journal.note(`k${n}`)
  }
  await prepared
  t.ok(upkeep.catchUp())
  t.strictSame([...copy].sort(), [...source].sort())
  t.equal(restarts(), 1)
})

t.test('who is too far behind begins again', async (t) => {
  const source = numbered(10)
  const { copy, journal, restarts, upkeep } = copied(source)
  await upkeep.prepare()
  journal.forget()
  source.clear()
  source.set('other', 1)
  t.notOk(upkeep.catchUp())
  await upkeep.prepare()
  t.ok(upkeep.catchUp())
  t.strictSame([...copy], [['other', 1]])
  t.equal(restarts(), 2)
})
