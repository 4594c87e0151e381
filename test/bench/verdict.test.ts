import t from 'tap'
import type { Metric, Row } from './row.js'
import { goalText, verdictsOf } from './verdict.js'

const row = (metric: Metric): Row => ({
  name: 'a-row',
  title: 'a row',
  baseline: 'a baseline',
  metrics: [metric],
  prepare: () => Promise.reject(new Error('not run here')),
})

const samples = (...values: number[]) => values.map((value) => ({ x: value }))

const CASES: readonly (readonly [string, Metric['goal'], number[], number[], boolean | null])[] = [
  ['a ratio at its bound', { of: 'ratio', atMost: 1.3 }, [10], [13], true],
  ['a ratio above its bound', { of: 'ratio', atMost: 1.3 }, [10], [13.1], false],
  ['a ratio that is to be high', { of: 'ratio', atLeast: 0.65 }, [100], [65], true],
  ['a ratio that is too low', { of: 'ratio', atLeast: 0.65 }, [100], [64], false],
  ['the median counts', { of: 'ratio', atMost: 1.3 }, [10, 1, 10], [99, 12, 12], true],
  ['a value', { of: 'value', atMost: 60 }, [], [60], true],
  ['a value that is too large', { of: 'value', atMost: 60 }, [], [61], false],
  ['what was not measured is not met', { of: 'value', atMost: 0 }, [], [], false],
  ['a ratio without a baseline is not met', { of: 'ratio', atMost: 2 }, [], [1], false],
  ['no goal, no verdict', undefined, [1], [99], null],
]

for (const [name, goal, baseline, ours, met] of CASES) {
  t.test(name, async (t) => {
    const metric = goal === undefined ? { name: 'x', unit: 'ms' } : { name: 'x', unit: 'ms', goal }
    const rounds = { baseline: samples(...baseline), ours: samples(...ours), against: [] }
    const [verdict] = verdictsOf(row(metric), rounds)
    t.equal(verdict?.met, met)
  })
}

t.test('a goal in words', async (t) => {
  t.equal(goalText({ goal: { of: 'ratio', atMost: 1.3 }, unit: 'ms' }), '≤ 1.3 × baseline')
  t.equal(goalText({ goal: { of: 'value', atMost: 60 }, unit: 'ms' }), '≤ 60 ms')
  t.equal(goalText({ goal: { of: 'value', atLeast: 50 }, unit: '' }), '≥ 50')
  t.equal(goalText({ goal: null, unit: 'ms' }), '')
})
