import t from 'tap'
import { parseEnd } from '../../src/surfaces/cli/commands/tokens-create.js'

const NOW = new Date('2030-01-31T12:00:00Z')

t.test('an end is a span from now or a date', async (t) => {
  const cases: [text: string, end: string | null][] = [
    ['90m', '2030-01-31T13:30:00.000Z'],
    ['12h', '2030-02-01T00:00:00.000Z'],
    ['30d', '2030-03-02T12:00:00.000Z'],
    ['2W', '2030-02-14T12:00:00.000Z'],
    ['2031-05-06', '2031-05-06T00:00:00.000Z'],
    ['2031-05-06T07:08:09Z', '2031-05-06T07:08:09.000Z'],
    ['2031-13-45', null],
    ['30', null],
    ['-1d', null],
    ['1y', null],
    ['soon', null],
    ['', null],
  ]
  for (const [text, end] of cases) t.equal(parseEnd(text, NOW)?.toISOString() ?? null, end, text)
})
