import fc from 'fast-check'
import t from 'tap'
import { compileGlob } from '../../src/core/visibility/visibility.js'

t.test('a star is any characters, all else itself', async (t) => {
  const cases: [glob: string, text: string, matches: boolean][] = [
    ['agent:main:main', 'agent:main:main', true],
    ['AGENT:Main:*', 'agent:main:main', true],
    ['agent:main:*', 'agent:main:telegram:direct:+49 1', true],
    ['agent:main:*', 'agent:mainx:main', false],
    ['*:direct:*', 'agent:a:telegram:direct:7', true],
    ['*', '', true],
    ['ab*ba', 'aba', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['', 'a', false],
  ]
  for (const [glob, text, matches] of cases)
    t.equal(compileGlob(glob)(text), matches, `${glob} ~ ${text}`)
})

t.test('it agrees with a regular expression', async () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
  fc.assert(
    fc.property(word, text, (glob, text) => {
      const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`)
      return compileGlob(glob)(text) === pattern.test(text)
    }),
  )
})

t.test('many stars cost no more than few', async (t) => {
  const glob = compileGlob(`${'*a'.repeat(50)}b`)
  t.notOk(glob('a'.repeat(100_000)))
})
