import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeTranscript } from './transcript-file.js'

const MIB = 1024 * 1024

async function written(dir: string, mib: number, chat = false) {
  const path = join(dir, `${mib}-${chat}.jsonl`)
  const shape = { path, sessionId: 'a-session', bytes: mib * MIB, chat }
  for await (const _ of writeTranscript(shape));
  const text = readFileSync(path, 'utf8')
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { text, lines }
}

t.test(
  'a transcript is as large as asked for, a tree, and full of what agents write',
  async (t) => {
    const { lines, text } = await written(t.testdir(), 40)
    t.ok(Math.abs(text.length / MIB - 40) < 4, `${text.length / MIB} MiB`)
    const [header, ...entries] = lines
    t.match(header, { type: 'session', version: 3, id: 'a-session' })
    const ids = new Set<string>()
    for (const { id, parentId } of entries) {
      if (ids.has(id)) t.fail(`${id} stands twice`)
      if (ids.size > 0 && !ids.has(parentId)) t.fail(`${id} hangs below ${parentId}`)
      ids.add(id)
    }
    const roles = new Set(entries.map(({ message, type }) => message?.role ?? type))
    t.same([...roles].sort(), ['assistant', 'compaction', 'toolResult', 'user'])
    const longest = Math.max(...text.split('\n').map(({ length }) => length))
    t.ok(longest > MIB, `the longest line has ${longest} characters`)
    const parents = entries.map(({ parentId }) => parentId)
    t.ok(new Set(parents).size < parents.length, 'an aborted run left a fork')
    const paid = entries.filter(({ message }) => message?.usage?.cost?.total > 0)
    t.ok(paid.length > entries.length / 10, `${paid.length} of ${entries.length} were paid for`)
  },
)

t.test('the newest lines are the same at any size', async (t) => {
  const dir = t.testdir()
  const [small, large] = [await written(dir, 4), await written(dir, 9)]
  t.same(small.lines.slice(-50), large.lines.slice(-50))
})

t.test('a chat has short lines only', async (t) => {
  const { text } = await written(t.testdir(), 1, true)
  t.ok(Math.max(...text.split('\n').map(({ length }) => length)) < 8000)
})
