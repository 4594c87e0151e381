import t from 'tap'
import { Journal } from '../../src/core/rows/journal.js'

t.test('it says what moved after a place, while it remembers', async (t) => {
  const journal = new Journal()
  const start = journal.end
  journal.note('a')
  const middle = journal.end
  journal.note('b')
  journal.note('a')
  t.strictSame(journal.since(start), ['a', 'b', 'a'])
  t.strictSame(journal.since(middle), ['b', 'a'])
  t.strictSame(journal.since(journal.end), [])
})

t.test('it forgets what is long ago, and never the newest', async (t) => {
  const journal = new Journal()
  const start = journal.end
  for (let n = 0; n < 100_000; n++) journal.note(`k${n}`)
  t.equal(journal.since(start), null)
  const place = journal.end
  journal.note('last')
  t.strictSame(journal.since(place), ['last'])
  t.strictSame(journal.since(place - 2), ['k99998', 'k99999', 'last'])
})

t.test('when it forgets on purpose, no former place is known, not even the last', async (t) => {
  const journal = new Journal()
  journal.note('a')
  const place = journal.end
  journal.forget()
  t.equal(journal.since(place), null)
  const next = journal.end
  journal.note('b')
  t.strictSame(journal.since(next), ['b'])
})
