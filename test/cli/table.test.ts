import t from 'tap'
import { widthOf } from '../../src/cli/fit.js'
import { table } from '../../src/cli/table.js'

const ROWS = [
  ['agent:main:main', 'running', '12'],
  ['agent:main:telegram:group:-100200300', 'idle', '7'],
  ['agent:main:守護者の部屋', 'failed', '1234'],
]
const COLUMNS = [
  { head: 'KEY', cut: 'middle' as const },
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

t.test('a terminal that is too narrow has the widest column cut', async (t) => {
  for (const width of [30, 40, 50]) {
    const lines = table(COLUMNS, ROWS, { width }).split('\n')
    for (const line of lines) t.ok(widthOf(line) <= width, line)
    t.match(lines[2], /^agent:.*….*300? /, 'a key keeps both of its ends')
    t.match(lines[1], /running +12$/, 'the others stay whole')
  }
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
