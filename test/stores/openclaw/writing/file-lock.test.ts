import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { acquireLock, lockTranscript } from '../../../../src/stores/openclaw/writing/file-lock.js'

const STALE_MS = 30_000

/** Another process that holds the lock until it gets a message. */
async function otherHolder(target: string): Promise<ChildProcess> {
  const child = fork(new URL('lock-holder.ts', import.meta.url), [target])
  await once(child, 'message')
  return child
}

function startTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19])
}

t.test('a lock names its process, exclusively, and goes', async (t) => {
  const target = join(t.testdir(), 'a.jsonl')
  const lock = await lockTranscript(target)
  const text = readFileSync(`${target}.lock`, 'utf8')
  const content = JSON.parse(text)
  t.equal(text, JSON.stringify(content, null, 2))
  t.match(content, { pid: process.pid, maxHoldMs: 1_020_000 })
  t.ok(Math.abs(Date.parse(content.createdAt) - Date.now()) < 10_000)
  if (existsSync('/proc/self/stat')) t.equal(content.starttime, startTime(process.pid))
  await lock.release()
  await lock.release()
  t.notOk(existsSync(`${target}.lock`))
})

t.test('a second process waits for the first to let go', async (t) => {
  const target = join(t.testdir(), 'sessions.json')
  const other = await otherHolder(target)
  const held = JSON.parse(readFileSync(`${target}.lock`, 'utf8'))
  t.equal(held.pid, other.pid)
  await t.rejects(acquireLock(target, { staleMs: STALE_MS, timeoutMs: 60 }), {
    code: 'unavailable',
    message: new RegExp(`process ${other.pid}`),
  })
  const waiting = acquireLock(target, { staleMs: STALE_MS })
  other.send('let go')
  const lock = await waiting
  t.match(JSON.parse(readFileSync(`${target}.lock`, 'utf8')), { pid: process.pid })
  await lock.release()
  if (other.exitCode === null) await once(other, 'exit')
})

t.test('the lock of a process that was killed is taken over', async (t) => {
  const target = join(t.testdir(), 'sessions.json')
  const other = await otherHolder(target)
  other.kill('SIGKILL')
  await once(other, 'exit')
  t.ok(existsSync(`${target}.lock`))
  const lock = await acquireLock(target, { staleMs: STALE_MS, timeoutMs: 1000 })
  await lock.release()
})

const now = () => new Date().toISOString()
const stale: [name: string, content: () => string, ageMs: number][] = [
  [
    'a pid that was given to another process',
    () => JSON.stringify({ pid: process.pid, createdAt: now(), starttime: 1 }),
    0,
  ],
  [
    'one older than it may be',
    () => JSON.stringify({ pid: process.pid, createdAt: '2020-01-01T00:00:00Z' }),
    0,
  ],
  ['one without a pid, and old', () => JSON.stringify({ createdAt: now() }), 2 * STALE_MS],
  ['a broken one, and old', () => '{"pid":', 2 * STALE_MS],
]

t.test('stale locks are taken over', async (t) => {
  for (const [name, content, ageMs] of stale) {
    const target = join(t.testdir(), 'x')
    writeFileSync(`${target}.lock`, content())
    const at = (Date.now() - ageMs) / 1000
    utimesSync(`${target}.lock`, at, at)
    const lock = await acquireLock(target, { staleMs: STALE_MS, timeoutMs: 0 })
    t.match(JSON.parse(readFileSync(`${target}.lock`, 'utf8')), { pid: process.pid }, name)
    await lock.release()
  }
})

const respected: [name: string, content: () => string][] = [
  ['one that is just being written', () => ''],
  ['a live one', () => JSON.stringify({ pid: process.pid, createdAt: now() })],
]

t.test('others are respected', async (t) => {
  for (const [name, content] of respected) {
    const target = join(t.testdir(), 'x')
    writeFileSync(`${target}.lock`, content())
    await t.rejects(
      acquireLock(target, { staleMs: STALE_MS, timeoutMs: 0 }),
      { code: 'unavailable' },
      name,
    )
  }
})

t.test('a lock that another took over is not removed', async (t) => {
  const target = join(t.testdir(), 'x')
  const lock = await acquireLock(target, { staleMs: STALE_MS })
  const others = JSON.stringify({ pid: 1, createdAt: now() })
  writeFileSync(`${target}.lock`, others)
  await lock.release()
  t.equal(readFileSync(`${target}.lock`, 'utf8'), others)
})

t.test('a lock that was taken over is not held any more', async (t) => {
  const target = join(t.testdir(), 'x')
  const lock = await acquireLock(target, { staleMs: STALE_MS })
  t.equal(lock.isHeld(), true)
  writeFileSync(`${target}.lock`, JSON.stringify({ pid: 1, createdAt: now() }))
  t.equal(lock.isHeld(), false)
})

t.test('of many who find one stale lock, one has it at a time', async (t) => {
  const target = join(t.testdir(), 'x')
  for (let round = 0; round < 20; round++) {
    writeFileSync(`${target}.lock`, JSON.stringify({ pid: process.pid, createdAt: '2020-01-01' }))
    let holders = 0
    const hold = async () => {
      const lock = await acquireLock(target, { staleMs: STALE_MS })
      holders += 1
      if (holders > 1) t.fail(`${holders} hold it at once`)
      await new Promise((resolve) => setImmediate(resolve))
      t.equal(lock.isHeld(), true)
      holders -= 1
      await lock.release()
    }
    await Promise.all([hold(), hold(), hold()])
  }
  t.strictSame(readdirSync(dirname(target)), [], 'nothing stays behind')
})

t.test('the takeover of somebody who died is taken over too', async (t) => {
  const target = join(t.testdir(), 'x')
  for (const name of ['x.lock', 'x.lock.takeover'])
    writeFileSync(
      join(dirname(target), name),
      JSON.stringify({ pid: process.pid, createdAt: '2020-01-01' }),
    )
  const lock = await acquireLock(target, { staleMs: STALE_MS })
  await lock.release()
  t.strictSame(readdirSync(dirname(target)), [])
})

t.test('where nothing can be written the sentence says so', async (t) => {
  const target = join(t.testdir(), 'gone', 'sessions.json')
  await t.rejects(acquireLock(target, { staleMs: STALE_MS, what: 'The session store of main' }), {
    code: 'unavailable',
    message: /^The session store of main cannot be written, its folder is gone/,
    details: { reason: 'ENOENT' },
  })
})
