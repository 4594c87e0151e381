import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { judgeLock, readLock } from '../../../src/stores/openclaw/sessions-json/held-locks.js'
import { processState } from '../../../src/stores/openclaw/writing/process-state.js'
import { DEADLINE_MS } from '../../until.js'

const SINCE = '2026-11-21T04:39:12.480Z'

/** Start time of a process as `/proc` tells it. */
function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}

async function judged(t: Test, content: string) {
  const path = join(t.testdir(), 'a.jsonl.lock')
  await writeFile(path, content)
  const lock = await readLock(path)
  return lock === null ? null : judgeLock(lock)
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

t.test('the holder of a lock', async (t) => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const pid = holder.pid as number
  const starttime = startTicks(pid)
  const sinceMs = Date.parse(SINCE)
  const lock = JSON.stringify({ pid, createdAt: SINCE, maxHoldMs: 1020000, starttime }, null, 2)
  t.strictSame(await judged(t, lock), { pid, sinceMs, owner: 'alive' })
  t.strictSame(
    await judged(t, JSON.stringify({ pid })),
    { pid, sinceMs: null, owner: 'alive' },
    'start time and date are optional',
  )
  t.strictSame(
    await judged(t, JSON.stringify({ pid, createdAt: SINCE, starttime: starttime + 1 })),
    { pid, sinceMs, owner: 'recycled' },
  )
  await ended(holder)
  t.strictSame(await judged(t, lock), { pid, sinceMs, owner: 'dead' })
})

t.test('a process of somebody else is alive', async (t) => {
  t.match(await processState(1), { alive: true })
})

t.test('a process that ended and was not collected is dead', async (t) => {
  // The shell becomes a sleep, which never collects the child that it began with.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'])
  t.teardown(() => ended(parent))
  const [output] = (await once(parent.stdout, 'data')) as [Buffer]
  const deadline = Date.now() + DEADLINE_MS
  let state = await processState(Number(output.toString()))
  while (state.alive && Date.now() < deadline) {
    await delay(5)
    state = await processState(Number(output.toString()))
  }
  t.equal(state.alive, false)
})

t.test('a lock that says nothing of its holder', async (t) => {
  const unknown = { pid: null, sinceMs: null, owner: 'unknown' }
  for (const content of [
    '',
    '{"pid":',
    'null',
    '[]',
    '{}',
    '{"pid":"7"}',
    '{"pid":0}',
    '{"pid":-1}',
    '{"pid":1.5}',
    '{"pid":1e300}',
  ])
    t.strictSame(await judged(t, content), unknown, content)
  t.strictSame(await judged(t, `{"createdAt":"${SINCE}"}`), {
    ...unknown,
    sinceMs: Date.parse(SINCE),
  })
})

t.test('what is no lock', async (t) => {
  const dir = t.testdir({ target: '{"pid":1}', link: t.fixture('symlink', 'target'), folder: {} })
  for (const name of ['absent', 'link', 'folder']) t.equal(await readLock(join(dir, name)), null)
})
