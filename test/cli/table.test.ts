import fc from 'fast-check'
import t from 'tap'
import { widthOf } from '../../src/surfaces/cli/fit.js'
import { sessionTable } from '../../src/surfaces/cli/session-table.js'
import { styleFor } from '../../src/surfaces/cli/style.js'
import { table } from '../../src/surfaces/cli/table.js'
import { EXAMPLE_DETAIL } from '../../src/surfaces/http/openapi/examples.js'

const ROWS = [
  ['agent:main:main', 'running', '12'],
  ['agent:main:telegram:group:-100200300', 'idle', '7'],
  ['agent:main:守護者の部屋', 'failed', '1234'],
]
const COLUMNS = [
  { head: 'KEY', whole: true as const },
  'STATUS',
  { head: 'TOKENS', align: 'right' as const },
]

t.test('columns are aligned by what a terminal shows', async (t) => {
  const lines = table(COLUMNS, ROWS).split('\n')
  t.equal(lines.length, 4)
  t.strictSame([...new Set(lines.map(widthOf))].length, 1, 'numbers end at the same column')
  const starts = lines.map((line) =>
    widthOf(line.slice(0, line.search(/STATUS|running|idle|failed/))),
  )
  t.strictSame([...new Set(starts)].length, 1)
})

t.test('a terminal that is too narrow has words cut, never a key or a number', async (t) => {
  const columns = [...COLUMNS, 'MODEL']
  const rows = ROWS.map((row) => [...row, 'heron/heron-large-2026'])
  const wide = table(columns, rows, { width: 70 }).split('\n')
  t.equal(wide.length, 4)
  for (const line of wide) t.ok(widthOf(line) <= 70, line)
  t.match(wide[2], /^agent:main:telegram:group:-100200300 +idle +7 +heron\/.*…$/)
  const narrow = table(columns, rows, { width: 40 }).split('\n')
  t.equal(narrow.length, 8, 'keys have lines of their own')
  t.strictSame(narrow.slice(0, 4), [
    'STATUS   TOKENS  MODEL',
    '  KEY',
    'running      12  heron/heron-large-2026',
    '  agent:main:main',
  ])
})

const part = fc.stringMatching(/^[a-z0-9:_-]{1,40}$/)
const lists = fc.uniqueArray(
  fc.tuple(part, part).map(([a, b]) => `agent:${a}:${b}74`),
  { minLength: 1, maxLength: 8 },
)

t.test('every key of a list is there, whole, and can be told apart, at any width', async () => {
  const { session } = EXAMPLE_DETAIL
  const style = styleFor({ isTTY: false } as NodeJS.WriteStream)
  const some = fc.record({ withAgents: fc.boolean(), verbose: fc.boolean() })
  fc.assert(
    fc.property(lists, fc.integer({ min: 20, max: 160 }), some, (keys, width, how) => {
      const rows = keys.map((key) => ({ ...session, key }))
      const text = sessionTable(rows, { width, style, ...how })
      const words = text.split(/\s+/)
      const numbers = rows.every(({ tokens }) => text.includes(tokens ?? '-'))
      return numbers && keys.every((key) => words.filter((word) => word === key).length === 1)
    }),
  )
})

t.test('colours take no room', async (t) => {
  const paint = (text: string) => `\u001b[31m${text}\u001b[39m`
  const [, plain] = table(['A', 'B'], [['x', 'y']]).split('\n')
  const [, painted] = table(['A', 'B'], [[{ text: 'x', paint }, 'y']]).split('\n')
  t.equal(painted, plain?.replace('x', '\u001b[31mx\u001b[39m'))
})

t.test('no line ends in spaces', async (t) => {
  t.equal(table(['A', 'LONG'], [['x', '']]), 'A  LONG\nx')
})
