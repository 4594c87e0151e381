import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readNumbered } from './soak/numbered-text.js'
import { Sequence } from './soak/sequence.js'
import { soak } from './soak/soak.js'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

t.test('restless followers of busy writers see every message once, across a crash', async (t) => {
  const report = await soak({
    dist: DIST,
    folder: t.testdir(),
    seconds: 6,
    writers: 3,
    followers: 60,
  })
  t.same(report.problems, [])
  t.ok(report.written > 300, `${report.written} messages were written`)
  t.ok(report.messages > report.written, `${report.messages} were received`)
  t.ok(report.connections > 200, `over ${report.connections} connections`)
})

t.test('a gap and a repetition are found', async (t) => {
  const sequence = new Sequence('a follower')
  for (const number of [1, 2, 2, 5, 6]) sequence.take({ writer: 'w1', number })
  sequence.take({ writer: 'w2', number: 1 })
  t.same(sequence.problems, [
    "a follower: w1's 2 came again, after 2",
    "a follower: w1's 3 to 4 are missing, 5 came",
  ])
  t.equal(sequence.last('w1'), 6)
  t.same(readNumbered('w1 wrote 6'), { writer: 'w1', number: 6 })
  t.equal(readNumbered('begin'), null)
})
