import t from 'tap'
import type { StoreChange } from '../../src/contract/store.js'
import { startDemoGateway } from '../../src/demo/index.js'
import { type Line, readLine } from '../../src/stores/openclaw/format/line.js'
import { presentLine } from '../../src/stores/openclaw/format/message.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { entriesOf, type RawLine, transcriptsIn } from './state-tree.js'
import { VirtualTimeline } from './virtual-timeline.js'

const START_MS = Date.UTC(2026, 10, 21, 6)
const LONG_RESULT = 10_000

/** Every line of a town that was busy for a while, as the reader of transcripts sees it. */
async function busyTown(stateDir: string, wakes: number) {
  const timeline = new VirtualTimeline(START_MS)
  const demo = await startDemoGateway({ stateDir, timeline })
  await timeline.advance(wakes)
  return demo
}

function asRead(raw: RawLine): Line {
  const line = readLine(JSON.stringify(raw))
  if (line === null) throw new Error('a line of the demo is broken')
  return line
}

const busy = await busyTown(t.testdir(), 1200)
const transcripts = [...transcriptsIn(busy.stateDir).values()]
await busy.close()

t.test('all that a history can hold happens in the town', async (t) => {
  const lines = transcripts.flat()
  const has = (name: string, test: (line: RawLine, read: Line) => boolean) =>
    t.ok(
      lines.some((line) => test(line, asRead(line))),
      name,
    )
  const text = (line: RawLine) => JSON.stringify(line.message?.content ?? '')

  has('a compaction row', (_, read) => read.visible === 'compaction')
  has('a dropped NO_REPLY', (_, read) => read.dropped)
  has('a failed try of the provider', (line) => line.message?.stopReason === 'error')
  has('an aborted answer', (line) => line.message?.stopReason === 'aborted')
  has('the copy of a delivery', (line) => line.message?.model === 'delivery-mirror')
  has('a tool that failed', (line) => Reflect.get(line.message ?? {}, 'isError') === true)
  has('a message from another session', (line) => text(line).includes('[Inter-session message]'))
  has('the prompt of a cron job', (line) => text(line).includes('[cron:'))
  has('the task of a sub-agent', (line) => text(line).includes('[Subagent Task]'))
  has('thinking', (line) => text(line).includes('"thinking"'))
  has('a long tool result', (_, read) => read.role === 'toolResult' && read.bytes > LONG_RESULT)
  has('more than Latin letters', (line) => /[\u4e00-\u9fff]/.test(text(line)))
  has('markdown', (line) => text(line).includes('**'))
  has('a picture, shown without its data', (line, read) => {
    if (!text(line).includes('"image"')) return false
    const shown = JSON.stringify(presentLine(read, 1))
    return shown.includes('"omitted":true') && !shown.includes('iVBOR')
  })
  for (const model of ['heron-large', 'wren-small']) {
    has(
      `a cost of ${model}`,
      (line, read) => line.message?.model === model && (read.usage?.cost ?? 0) > 0,
    )
  }
})

t.test('an overloaded provider is tried again with the same prompt', async (t) => {
  const failed = transcripts.find((lines) =>
    lines.some(({ message }) => message?.stopReason === 'error'),
  )
  const messages = failed?.flatMap(({ message }) => message ?? []) ?? []
  const failure = messages.findIndex(({ stopReason }) => stopReason === 'error')
  t.equal(messages[failure - 1]?.role, 'user')
  t.strictSame(messages[failure + 1]?.content, messages[failure - 1]?.content)
})

t.test('the store of file-backed gateways reads it whole', async (t) => {
  const demo = await busyTown(t.testdir(), 200)
  const store = openclawFiles({ stateDir: demo.stateDir })
  const stop = new AbortController()
  const { sources, upserted } = await first(store.changes(stop.signal))
  const entries = entriesOf(demo.stateDir)

  t.ok(sources.every(({ status }) => status === 'ok'))
  t.equal(upserted.length, Object.keys(entries).length)
  for (const session of upserted) {
    const { brokenLines } = await store.transcript(session).mark('all')
    const totals = await store.transcript(session).totals()
    t.equal(brokenLines, 0)
    t.equal(session.transcriptProblem, null)
    t.equal(totals.costSource, totals.totalTokens > 0 ? 'reported' : totals.costSource)
    if (session.status === 'running') t.equal(session.lock?.owner, 'alive', session.key)
    if (session.status !== 'running') t.equal(session.lock, null, session.key)
  }
  stop.abort()
  await store.close()
  await demo.close()
})

t.test('the context grows until it is compacted, and stays inside its window', async (t) => {
  const windows: Record<string, number> = { 'heron-large': 64_000, 'wren-small': 32_000 }
  let calls = 0
  for (const lines of transcripts) {
    let context = 0
    for (const { message, type } of lines) {
      if (type === 'compaction') context = 0
      const used = message?.usage?.totalTokens ?? 0
      if (used === 0) continue
      if (used < context) t.fail(`context shrank from ${context} to ${used} without a compaction`)
      if (used > (windows[message?.model ?? ''] ?? 0)) t.fail(`${used} tokens do not fit`)
      context = used
      calls++
    }
  }
  t.ok(calls > 500)
})

async function first(changes: AsyncIterable<StoreChange>): Promise<StoreChange> {
  for await (const change of changes) return change
  throw new Error('no change')
}
