import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { Signer } from '../../src/auth/signer.js'

const Facts = z.object({ id: z.string(), n: z.number().int() })
const signer = new Signer(randomBytes(32), 'a purpose', Facts)
const facts = fc.record({ id: fc.string({ maxLength: 50 }), n: fc.integer() })
const bound = fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 })

t.test('what was sealed opens with what it was bound to', async () => {
  fc.assert(
    fc.property(facts, bound, (sealed, over) => {
      const opened = signer.open(signer.seal(sealed, over), () => over)
      return JSON.stringify(opened) === JSON.stringify(sealed)
    }),
  )
})

t.test('it does not open over anything else', async () => {
  fc.assert(
    fc.property(facts, bound, bound, (sealed, over, other) => {
      fc.pre(JSON.stringify(over) !== JSON.stringify(other))
      return signer.open(signer.seal(sealed, over), () => other) === null
    }),
  )
})

t.test('neither other facts nor other signatures fit', async () => {
  fc.assert(
    fc.property(facts, facts, bound, (one, two, over) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(two))
      const [payload] = signer.seal(one, over).split('.')
      const [, mac] = signer.seal(two, over).split('.')
      return signer.open(`${payload}.${mac}`, () => over) === null
    }),
  )
})

t.test('any text is answered with null, never with an error', async () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => signer.open(text, () => []) === null),
  )
})

t.test('seals of another purpose, another key or another shape are none', async (t) => {
  const key = randomBytes(32)
  const here = new Signer(key, 'here', Facts)
  const sealed = here.seal({ id: 'a', n: 1 }, [])
  t.strictSame(
    here.open(sealed, () => []),
    { id: 'a', n: 1 },
  )
  t.equal(
    new Signer(key, 'there', Facts).open(sealed, () => []),
    null,
  )
  t.equal(
    new Signer(randomBytes(32), 'here', Facts).open(sealed, () => []),
    null,
  )
  const otherShape = new Signer(key, 'here', z.object({ other: z.string() }))
  t.equal(
    otherShape.open(sealed, () => []),
    null,
  )
  t.equal(
    here.open(sealed, () => null),
    null,
    'bound to something that is gone',
  )
})
