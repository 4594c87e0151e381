import fc from 'fast-check'
import t from 'tap'
import { Collapse } from '../../src/core/list/collapse.js'
import { type ListedRow, listed } from '../../src/core/list/listed-row.js'
import { ListingOrder } from '../../src/core/list/listing-order.js'
import { KeptRow } from '../../src/core/rows/kept-row.js'
import { composeRow } from '../../src/core/rows/row.js'
import { Turns } from '../../src/core/rows/turns.js'
import { blankSession, memoryStore } from '../../src/stores/memory/memory-store.js'
import { searches } from '../searches.js'

const store = memoryStore()

function row(n: number, updatedAtMs: number, sessionId = `s${n}`): ListedRow {
  const key = `agent:main:r${String(n).padStart(2, '0')}`
  const stored = { ...blankSession(key), sessionId, updatedAtMs }
  const kept = new KeptRow(store, stored)
  kept.row = composeRow({
    stored,
    totals: null,
    runtime: null,
    children: [],
    spawnedBy: null,
    source: 'gateway',
    mainKey: 'main',
    nowMs: 0,
  })
  return listed(kept)
}

const change = fc.record({
  row: fc.nat(15),
  updatedAtMs: fc.option(fc.nat(5)),
  sameAs: fc.option(fc.nat(15), { freq: 3 }),
})

t.test('rows that come, move and go while they are sorted in stand where they belong', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 16 }),
      fc.array(change, { maxLength: 20 }),
      async (first, changes) => {
        let order: ListingOrder | undefined
        const sessions = new Collapse((was, is) => order?.replace(was, is))
        const rows = new Map<number, ListedRow>()
        const put = (n: number, is: ListedRow | undefined) => {
          sessions.replace(rows.get(n), is)
          if (is === undefined) rows.delete(n)
          else rows.set(n, is)
        }
        for (const [n, time] of first.entries()) put(n, row(n, time))
        order = new ListingOrder('-updatedAt', sessions)
        const complete = order.prepare(new Turns(0))
        for (const { row: n, sameAs, updatedAtMs } of changes) {
          await new Promise(setImmediate)
          const id = sameAs === null ? `s${n}` : `s${sameAs}`
          put(n, updatedAtMs === null ? undefined : row(n, updatedAtMs, id))
        }
        await complete
        const fresh = new ListingOrder('-updatedAt', sessions)
        await fresh.prepare(new Turns())
        const keys = (one: ListingOrder) => one.take(null, 100).map(({ key }) => key)
        return (
          order.isComplete &&
          order.take(null, 100).length === sessions.size &&
          keys(order).join() === keys(fresh).join()
        )
      },
    ),
    searches(200),
  )
})
