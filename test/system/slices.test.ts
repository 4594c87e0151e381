import t from 'tap'
import { inSlices } from '../../src/system/slices.js'

t.test('takes every step, in order', async (t) => {
  const steps: number[] = []
  await inSlices([1, 2, 3], (item) => steps.push(item))
  t.strictSame(steps, [1, 2, 3])
})

t.test('lets others in between long steps', async (t) => {
  let turns = 0
  const turn = () => {
    turns += 1
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  t.teardown(() => clearImmediate(timer))
  await inSlices([1, 2, 3], () => {
    for (const until = performance.now() + 5; performance.now() < until; );
  })
  t.ok(turns >= 2, `${turns}`)
})

t.test('rejects with what a step throws', async (t) => {
  await t.rejects(
    inSlices([1], () => {
      throw new Error('step')
    }),
    /step/,
  )
})
