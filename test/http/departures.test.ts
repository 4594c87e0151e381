import t from 'tap'
import { Departures } from '../../src/surfaces/http/dispatch.js'

t.test('what gets ready in one turn of the event loop leaves together, in order', async (t) => {
  const departures = new Departures()
  const left: string[] = []
  const leave = (name: string) => departures.next().then(() => left.push(name))
  const first = leave('first')
  await Promise.resolve()
  const second = leave('second')
  t.strictSame(left, [], 'not before the end of the turn')
  await first
  await second
  t.strictSame(left, ['first', 'second'])
})

t.test('the next turn has a departure of its own', async (t) => {
  const departures = new Departures()
  const first = departures.next()
  await first
  t.not(departures.next(), first)
  await departures.next()
})
