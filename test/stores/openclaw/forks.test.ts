import * as fc from 'fast-check'
import t from 'tap'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { ListQuery } from '../../../src/contract/session.js'
import { createSessionManager } from '../../../src/core/index.js'
import { openclawFiles } from '../../../src/stores/openclaw/index.js'
import { searches } from '../../searches.js'
import { until } from '../../until.js'
import { StateDir } from './state-dir.js'

const START_MS = Date.UTC(2026, 10, 21)
const idOf = (n: number) => `00000000-0000-4000-8000-0000000000${n.toString().padStart(2, '0')}`
const keyOf = (n: number) => `agent:main:chat-${n}`

interface Call {
  readonly id: string
  readonly timestamp: string
  readonly cost: number
}

/** A session of a tree; `of`: which one it is a fork of, by how much, and what says so. */
interface Node {
  readonly of: number
  readonly share: number
  readonly says: 'entry' | 'header' | 'nothing'
  readonly calls: number
}

const NODE: fc.Arbitrary<Node> = fc.record({
  of: fc.nat(6),
  share: fc.integer({ min: 1, max: 9 }),
  says: fc.constantFrom('entry', 'header', 'nothing' as const),
  calls: fc.nat(4),
})

let clock = 0

function own(n: number, count: number): Call[] {
  return Array.from({ length: count }, (_, at) => {
    clock += 1
    // Ids repeat in real data: the time tells calls apart.
    const timestamp = new Date(START_MS + clock * 1000).toISOString()
    return { id: `m${at % 3}`, timestamp, cost: 0.25 + n }
  })
}

function textOf(n: number, calls: readonly Call[], parent: string | null, startMs: number): string {
  const timestamp = new Date(startMs).toISOString()
  const header = { type: 'session', version: 3, id: idOf(n), timestamp, cwd: '/home/u' }
  const lines: object[] = [parent === null ? header : { ...header, parentSession: parent }]
  // Ids are unique in a file: a copy would be a second line of the same call.
  calls.forEach(({ cost, id, timestamp: at }, index) => {
    const message = {
      role: 'assistant',
      content: [{ type: 'text', text: 'x' }],
      provider: 'p',
      model: 'm',
      usage: { input: 1, output: 1, totalTokens: 2, cost: { total: cost } },
      timestamp: Date.parse(at),
    }
    const last = index === 0 ? null : calls[index - 1]?.id
    lines.push({ type: 'message', id, parentId: last, timestamp: at, message })
  })
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** Lays out a tree; returns what each session paid itself. */
async function lay(dir: StateDir, nodes: readonly Node[]): Promise<number[]> {
  const entries: Record<string, object> = {}
  const transcripts: Call[][] = []
  const paid: number[] = []
  for (const [n, node] of nodes.entries()) {
    const of = n === 0 ? null : node.of % n
    const copied = of === null ? [] : (transcripts[of] ?? []).slice(0, node.share)
    clock += 1
    const startMs = START_MS + clock * 1000
    // Within a file an id is that of one call.
    const fresh = own(n, node.calls).map((call, at) => ({ ...call, id: `${n}-${at}` }))
    const calls = [...copied, ...fresh]
    transcripts.push(calls)
    paid.push(fresh.reduce((sum, { cost }) => sum + cost, 0))
    const parent =
      of === null || node.says !== 'header' ? null : `/old/agents/main/sessions/${idOf(of)}.jsonl`
    await dir.transcript('main', `${idOf(n)}.jsonl`, textOf(n, calls, parent, startMs))
    const lineage =
      of === null || node.says !== 'entry'
        ? {}
        : { forkedFromParent: true, parentSessionKey: keyOf(of) }
    entries[keyOf(n)] = { sessionId: idOf(n), updatedAt: START_MS, ...lineage }
  }
  await dir.store('main', entries)
  return paid
}

t.test('of any tree of forks, each call is counted once, where it was paid', async (t) => {
  const root = t.testdir()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(NODE, { minLength: 1, maxLength: 7 }), async (nodes) => {
      const dir = new StateDir(`${root}/${runs++}`)
      const paid = await lay(dir, nodes)
      const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root })
      const manager = createSessionManager({ stores: [store], runtime: null, version: '0' })
      const seen = async () => {
        const list = await manager.list(ListQuery.parse({ sort: 'totalCost' }), FULL_GRANT)
        const rows = new Map(list.page().sessions.map((row) => [row.key, row.totalCost]))
        return nodes.map((_, n) => rows.get(keyOf(n)) ?? null)
      }
      try {
        const wanted = JSON.stringify(paid)
        await until(async () => JSON.stringify(await seen()) === wanted)
      } finally {
        await manager.close()
        await store.close()
      }
    }),
    searches(40),
  )
  t.ok(runs >= 40)
})

t.test('what a fork inherited is told in its detail, also when its parent is gone', async (t) => {
  const dir = new StateDir(t.testdir())
  const calls = own(0, 2)
  const fresh = own(1, 1).map((call) => ({ ...call, id: 'fresh' }))
  const [oldText, newText] = [
    textOf(0, calls, null, START_MS),
    textOf(1, [...calls, ...fresh], `/x/${idOf(0)}.jsonl`, Date.parse(fresh[0]?.timestamp ?? '')),
  ]
  await dir.transcript('main', `${idOf(0)}.jsonl`, oldText)
  await dir.transcript('main', `${idOf(1)}.jsonl`, newText)
  await dir.transcript('main', `${idOf(2)}.jsonl`, newText.replace(idOf(0), idOf(9)))
  await dir.store('main', {
    [keyOf(0)]: { sessionId: idOf(0) },
    [keyOf(1)]: { sessionId: idOf(1) },
    [keyOf(2)]: { sessionId: idOf(2) },
  })
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  t.match(await manager.get(keyOf(0), FULL_GRANT), {
    session: { totalCost: 0.5 },
    inheritedCost: 0,
  })
  for (const fork of [1, 2])
    t.match(
      await manager.get(keyOf(fork), FULL_GRANT),
      { session: { totalCost: 1.25, outputTokens: 1 }, inheritedCost: 0.5 },
      `${fork}`,
    )
})
