import * as fc from 'fast-check'
import t from 'tap'
import { median, percentile } from './statistics.js'

t.test('the median stands in the middle', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.throws(() => median([]), RangeError)
})

t.test('a percentile is a value that was measured', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.equal(percentile(hundred, 0.5), 50)
  t.equal(percentile(hundred, 0.99), 99)
  t.equal(percentile(hundred, 1), 100)
  t.equal(percentile([7], 0.01), 7)
  t.throws(() => percentile([], 0.5), RangeError)
})

t.test('no more than the share lies above a percentile', async () => {
  const values = fc.array(fc.integer(), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const bound = percentile(values, share)
      const above = values.filter((value) => value > bound).length
      return values.includes(bound) && above <= values.length * (1 - share) + 1e-9
    }),
  )
})
