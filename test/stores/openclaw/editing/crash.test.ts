import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import { deeper } from '../../../searches.js'
import { stateDir } from '../state-dir.js'

/** Each costs the start of a process. */
const KILLS = deeper(20)
/** Within this, some cleanups and cuts begin and end. */
const WORK_MS = 120

function start(t: Test, name: string, arg: string): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const child = fork(new URL(name, import.meta.url), [arg], { env, execArgv: [] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** The next thing that a process says; rejects when it ends without a word. */
async function heard(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const exit = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('it ended by itself')
  })
  // Only the race is listened to.
  exit.catch(() => undefined)
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), exit])
    return message
  } finally {
    ended.abort()
  }
}

interface Line {
  readonly type: string
  readonly id: string
  readonly parentId?: string | null
}

function linesOf(path: string): Line[] {
  const text = readFileSync(path, 'utf8')
  if (!text.endsWith('\n')) throw new Error(`${path} is torn`)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

/** Whole, with its header, and no line below one that is gone. */
function checkTranscript(path: string): Line[] {
  const [header, ...lines] = linesOf(path)
  if (header?.type !== 'session') throw new Error('the header is gone')
  const ids = new Set<string>()
  lines.forEach(({ id, parentId }, at) => {
    const isRight = at === 0 ? parentId === null : ids.has(parentId ?? '')
    if (!isRight) throw new Error(`line ${id} hangs below ${parentId}`)
    ids.add(id)
  })
  return lines
}

t.test(
  'killed in the middle, again and again, beside another writer, nothing is lost',
  async (t) => {
    const dir = stateDir(t)
    const file = (name: string) => dir.file('main', name)
    await dir.store('main', { 'agent:main:main': { sessionId: 's-main', unknown: { n: 1 } } })
    await dir.transcript('main', 's-main.jsonl', '{"type":"session","version":3,"id":"s-main"}\n')
    const writer = start(t, 'writer.mjs', dirname(file('x')))
    await heard(writer)
    let next = startTidier(t, dir.root)
    let written = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const tidier = await next
      const round = heard(writer)
      tidier.send('work')
      await heard(tidier)
      await Promise.all([
        atRandom(() => writer.send('write')),
        atRandom(() => tidier.kill('SIGKILL')),
      ])
      if (tidier.signalCode === null) await once(tidier, 'exit')
      next = startTidier(t, dir.root)
      // In the very moment, and again when the other writer has taken over what was left locked.
      JSON.parse(readFileSync(file('sessions.json'), 'utf8'))
      written = Number(await round)
      checkTranscript(file('s-main.jsonl'))
    }
    await next
    const entries = JSON.parse(readFileSync(file('sessions.json'), 'utf8'))
    t.match(entries['agent:main:main'], { sessionId: 's-main', unknown: { n: 1 } })
    const names = readdirSync(dirname(file('x')))
    const parts = names.filter((name) => name.startsWith('s-main.jsonl.bak.'))
    const seen = new Set(
      ['s-main.jsonl', ...parts].flatMap((name) => linesOf(file(name)).map(({ id }) => id)),
    )
    let removed = 0
    for (let n = 1; n <= written; n++) {
      if (entries[`agent:main:kept-${n}`]?.unknown?.[0] !== n) t.fail(`kept-${n} is lost`)
      if (!seen.has(`m${n}`)) t.fail(`line ${n} is lost`)
      if (!names.some((name) => name.startsWith(`gone-${n}.jsonl`))) t.fail(`gone-${n} is lost`)
      if (entries[`agent:main:gone-${n}`] === undefined) removed += 1
    }
    t.ok(removed > 0 && parts.length > 0, 'it was tidied up meanwhile')
    t.equal(written, KILLS * 3)
    t.comment(
      `${KILLS} kills, ${removed} sessions removed, ${parts.length} cuts, ${written} lines written`,
    )
  },
)

/** Does something at some moment of the work. */
async function atRandom(doing: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * WORK_MS))
  doing()
}

async function startTidier(t: Test, root: string): Promise<ChildProcess> {
  const child = start(t, 'tidier.mjs', root)
  await heard(child)
  return child
}
