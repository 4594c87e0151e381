import t from 'tap'
import { Heartbeats } from '../../src/surfaces/http/sse.js'

/** Counts its beats, and resolves when there were so many. */
function heart(wanted: number) {
  const counted = { beats: 0, beat: () => {}, done: Promise.resolve() }
  counted.done = new Promise<void>((resolve) => {
    counted.beat = () => {
      counted.beats += 1
      if (counted.beats === wanted) resolve()
    }
  })
  return counted
}

/** A heartbeat does not keep a process; here something must. */
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))

t.test('each beats once an interval, and they take turns', async (t) => {
  const heartbeats = new Heartbeats(200)
  const hearts = Array.from({ length: 40 }, () => heart(3))
  const ends = hearts.map((each) => heartbeats.add(each))
  await hearts[1]?.done
  const beats = hearts.map((each) => each.beats)
  t.same(
    beats.filter((count) => count !== 2),
    [3, 3],
    'whose turn is first is one beat ahead of the others',
  )
  for (const end of ends) end()
  const after = hearts.map((each) => each.beats)
  const other = heart(2)
  const end = heartbeats.add(other)
  await other.done
  end()
  t.same(
    hearts.map((each) => each.beats),
    after,
    'who has left beats no more',
  )
})
