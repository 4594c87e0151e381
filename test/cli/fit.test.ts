import fc from 'fast-check'
import t from 'tap'
import { cutEnd, padded, widthOf } from '../../src/surfaces/cli/fit.js'

t.test('a cut text says so and keeps what it can', async (t) => {
  t.equal(cutEnd('agent:main', 20), 'agent:main')
  t.equal(cutEnd('agent:main:main', 8), 'agent:m…')
  t.equal(cutEnd('守護者の部屋', 7), '守護者…')
  t.equal(cutEnd('守護者の部屋', 6), '守護…', 'half of a wide character does not exist')
  t.equal(padded('守', 4), '守  ')
  t.equal(padded('7', 3, 'right'), '  7')
})

t.test('whatever is cut takes no more than its width, and no character is torn', async () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 40 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 30 }), (text, width) => {
      const cut = cutEnd(text, width)
      return widthOf(cut) <= width && !/\p{Cs}/u.test(cut)
    }),
  )
})
