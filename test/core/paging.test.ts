import fc from 'fast-check'
import t from 'tap'
import { ListQuery, SortKey } from '../../src/contract/session.js'
import { decodeCursor, encodeCursor } from '../../src/core/list/cursor.js'
import { compareRanks, type Rank } from '../../src/core/list/sort-order.js'
import { searches } from '../searches.js'
import { START_MS } from './lines.js'
import { openScene } from './scene.js'

const rank: fc.Arbitrary<Rank> = fc.record({
  value: fc.option(fc.integer({ min: 0, max: 3 })),
  key: fc.constantFrom('a', 'b', 'c'),
})

t.test('every order is total, and nulls stand last in it', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...SortKey.options), rank, rank, rank, (sort, a, b, c) => {
      const compare = compareRanks(sort)
      if (compare(a, b) !== -compare(b, a) + 0) return false
      if (compare(a, b) <= 0 && compare(b, c) <= 0 && compare(a, c) > 0) return false
      if (sort.endsWith('key') || a.value === null || b.value !== null) return true
      return compare(a, b) < 0
    }),
  )
})

t.test('a cursor brings back its rank, and only for its own query', async (t) => {
  const query = ListQuery.parse({ search: 'x' })
  fc.assert(
    fc.property(rank, (place) => {
      const cursor = encodeCursor(place, query)
      const back = decodeCursor({ ...query, cursor, limit: 7 })
      return /^[\w-]+$/.test(cursor) && back?.key === place.key && back.value === place.value
    }),
  )
  const cursor = encodeCursor({ value: 1, key: 'a' }, query)
  const others = [{ search: 'y' }, { search: 'x', sort: 'key' }, {}]
  for (const other of others)
    t.throws(() => decodeCursor({ ...ListQuery.parse(other), cursor }), { code: 'invalid_cursor' })
  const broken = [
    '',
    'x',
    '!!!',
    `${cursor}=`,
    cursor.slice(0, -4),
    'bnVsbA',
    'WzFd',
    'a'.repeat(4000),
  ]
  for (const cursor of broken)
    t.throws(() => decodeCursor({ ...query, cursor }), { code: 'invalid_cursor' }, cursor)
})

t.test('paging returns every row that stays, once, while others come, go and move', async () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('touch' as const), row: fc.nat(19) }),
    fc.record({ kind: fc.constant('remove' as const), row: fc.nat(19) }),
    fc.record({ kind: fc.constant('add' as const), row: fc.nat(19) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.array(move, { maxLength: 3 }), { maxLength: 6 }),
      async (limit, steps) => {
        const scene = openScene()
        const key = (row: number) => `agent:main:r${String(row).padStart(2, '0')}`
        for (let row = 0; row < 20; row++)
          scene.store.put({
            key: key(row),
            sessionId: `s${row}`,
            updatedAtMs: START_MS + (row >> 1),
          })
        const moved = new Set<string>()
        const seen: string[] = []
        let later = START_MS + 1000
        let cursor: string | null = null
        do {
          const page = await scene.list({ limit, ...(cursor === null ? {} : { cursor }) })
          seen.push(...page.sessions.map((session) => session.key))
          cursor = page.nextCursor
          for (const { kind, row } of steps.shift() ?? []) {
            moved.add(key(row))
            if (kind === 'remove') scene.store.remove(key(row))
            else scene.store.put({ key: key(row), sessionId: `s${row}`, updatedAtMs: later++ })
          }
          await new Promise(setImmediate)
        } while (cursor !== null)
        await scene.close()
        const still = Array.from({ length: 20 }, (_, row) => key(row)).filter((k) => !moved.has(k))
        return new Set(seen).size === seen.length && still.every((k) => seen.includes(k))
      },
    ),
    searches(40),
  )
})
