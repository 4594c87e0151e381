import t from 'tap'
import { scanBranch } from '../../../../src/stores/openclaw/bundle/branch-scan.js'
import { Warnings } from '../../../../src/stores/openclaw/bundle/warnings.js'

const TIME = '2026-11-21T05:00:00.000Z'
const entry = (id: string, parentId: string | null, fields: object = {}) =>
  JSON.stringify({ type: 'custom', id, parentId, timestamp: TIME, ...fields })

const HEADER = '{"type":"session","id":"s","version":3}'

async function scan(lines: readonly string[], header = HEADER) {
  const bytes = Buffer.from(`${[header, ...lines].join('\n')}\n`)
  const warnings = new Warnings()
  const found = await scanBranch(
    {
      read: async (buffer, offset, length, position) => ({
        bytesRead: bytes.copy(buffer, offset, position, position + length),
      }),
    },
    bytes.length,
    warnings,
  )
  return { ...found, ids: found.branch.map(({ id }) => id), warnings: warnings.all }
}

const cases: readonly [name: string, lines: readonly string[], found: object][] = [
  [
    'the branch of the newest entry',
    [entry('a', null), entry('b', 'a'), entry('side', 'a'), entry('c', 'b')],
    { ids: ['a', 'b', 'c'], leafId: 'c', header: { id: 's' }, warnings: undefined },
  ],
  [
    'a parent that is not there',
    [entry('b', 'gone'), entry('c', 'b')],
    { ids: ['b', 'c'], warnings: [{ code: 'incomplete-session-branch', count: 1, rows: [2] }] },
  ],
  [
    'a ring',
    [entry('a', 'c'), entry('b', 'a'), entry('c', 'b')],
    { ids: ['a', 'b', 'c'], warnings: [{ code: 'cyclic-session-branch', rows: [4] }] },
  ],
  [
    'rows that are none',
    [
      '{"torn',
      '',
      '{"type":"message"}',
      '{"id":"x"}',
      entry('a', null),
      '{"type":"custom","id":7}',
    ],
    {
      ids: ['a'],
      warnings: [
        { source: 'session', code: 'invalid-session-json', count: 1, rows: [2] },
        { source: 'session', code: 'invalid-session-row', count: 2, rows: [4, 5] },
      ],
    },
  ],
  [
    'an id that stands twice',
    [entry('a', null), entry('b', 'a'), entry('a', 'b')],
    { leafId: 'a' },
  ],
  ['nothing', [], { ids: [], leafId: null, warnings: undefined }],
]

for (const [name, lines, found] of cases)
  t.test(name, async (t) => {
    t.match(await scan(lines), found)
  })

t.test('rows of one warning are named up to twenty', async (t) => {
  const { warnings } = await scan(Array.from({ length: 30 }, () => '{'))
  t.match(warnings, [{ count: 30, rows: Array.from({ length: 20 }, (_none, at) => at + 2) }])
  t.equal(warnings?.[0]?.rows.length, 20)
})

t.test('a header is found wherever it stands', async (t) => {
  t.match(await scan([entry('a', null), HEADER], ''), { ids: ['a'], header: { id: 's' } })
})

t.test('without a header lines follow each other, as in the first format', async (t) => {
  const nameless = JSON.stringify({ type: 'custom', timestamp: TIME })
  const found = await scan([entry('b', 'gone'), nameless, entry('a', null)], '')
  t.match(found, { header: null, leafId: 'a', warnings: undefined })
  t.strictSame(
    found.branch.map(({ id, parentId }) => [id, parentId]),
    [
      ['b', null],
      ['legacy-0', 'b'],
      ['a', 'legacy-0'],
    ],
  )
})
