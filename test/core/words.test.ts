import t from 'tap'
import { ageWords, contextWords, countWords, flowWords } from '../../src/core/rows/words.js'

t.test('counts are short above a thousand', async (t) => {
  const cases: [number, string][] = [
    [0, '0'],
    [999, '999'],
    [1000, '1k'],
    [14_600, '15k'],
    [1_000_000, '1.0m'],
    [1_540_000, '1.5m'],
  ]
  for (const [tokens, words] of cases) t.equal(countWords(tokens), words)
})

t.test('a context says how full it is, as far as that is known', async (t) => {
  t.equal(contextWords(12_000, 35_000, 34), '12k/35k (34%)')
  t.equal(contextWords(12_000, null, null), '12k')
  t.equal(contextWords(null, 35_000, null), null)
  t.equal(flowWords(15_000, 900), '15k/900')
  t.equal(flowWords(null, 900), null)
})

t.test('ages are whole minutes, hours or days', async (t) => {
  const minute = 60_000
  const cases: [number, string][] = [
    [-5 * minute, '0m'],
    [59_999, '0m'],
    [15 * minute, '15m'],
    [60 * minute, '1h'],
    [47 * 60 * minute, '1d'],
    [72 * 60 * minute, '3d'],
  ]
  for (const [elapsed, words] of cases) t.equal(ageWords(elapsed), words)
})
