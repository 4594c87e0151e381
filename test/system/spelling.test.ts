import fc from 'fast-check'
import t from 'tap'
import { nearest } from '../../src/system/spelling.js'

t.test('the nearest name, when one is near', async (t) => {
  const names = ['HOST', 'PORT', 'LOG_LEVEL']
  const rows: [word: string, meant: string | null][] = [
    ['PORT', 'PORT'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['log-level', 'LOG_LEVEL'],
    ['PROT', 'PORT'],
    ['PORT_NUMBER', 'PORT'],
    ['COLOUR', null],
  ]
  for (const [word, meant] of rows) t.equal(nearest(word, names), meant, word)
  t.equal(nearest('POST', names), 'HOST', 'one letter off both: the first')
  t.equal(nearest('PORT', []), null)
})

t.test('one slip of a finger never hides what was meant', async () => {
  const names = ['agent', 'cursor', 'includeTools', 'last_event_id', 'minTotalTokens', 'search']
  const slip = fc.tuple(
    fc.constantFrom(...names),
    fc.nat(),
    fc.constantFrom('drop', 'twice', 'swap'),
  )
  fc.assert(
    fc.property(slip, ([name, where, what]) => {
      const at = where % (name.length - 1)
      const [head, one, two] = [name.slice(0, at), name[at] ?? '', name[at + 1] ?? '']
      const tail = name.slice(at + 2)
      const typed = { drop: two, twice: one + one + two, swap: two + one }[what] ?? ''
      return nearest(head + typed + tail, names) === name
    }),
  )
})
