import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { withFileLock } from '../../src/state/file-lock.js'

/** Adds one to a number in a file, badly: only a lock makes it right. */
async function increment(path: string): Promise<void> {
  const before = Number(await readFile(path, 'utf8'))
  await new Promise((resolve) => setImmediate(resolve))
  await writeFile(path, String(before + 1))
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

const owner = (pid: number) => JSON.stringify({ pid, host: hostname(), nonce: 'somebody' })

t.test('one at a time', async (t) => {
  const path = join(t.testdir({ counter: '0' }), 'counter')
  await Promise.all(Array.from({ length: 12 }, () => withFileLock(path, () => increment(path))))
  t.equal(await readFile(path, 'utf8'), '12')
  t.strictSame(await readdir(t.testdirName), ['counter'], 'nothing is left behind')
})

t.test(
  'a lock of elsewhere that lies there too long is taken over, whatever its time',
  async (t) => {
    const path = join(t.testdir({ counter: '0' }), 'counter')
    for (const hours of [-2, 2]) {
      await writeFile(`${path}.lock`, JSON.stringify({ pid: 1, host: 'elsewhere', nonce: 'x' }))
      const at = new Date(Date.now() + hours * 3_600_000)
      await utimes(`${path}.lock`, at, at)
      await withFileLock(path, () => increment(path), { staleMs: 200 })
    }
    t.equal(await readFile(path, 'utf8'), '2')
  },
)

t.test('a lock of a dead process is taken over, by one at a time', async (t) => {
  const dir = t.testdir({ counter: '0' })
  const path = join(dir, 'counter')
  for (let round = 1; round <= 3; round++) {
    await writeFile(`${path}.lock`, owner(await deadPid()))
    await Promise.all(Array.from({ length: 6 }, () => withFileLock(path, () => increment(path))))
    t.equal(await readFile(path, 'utf8'), String(round * 6))
  }
})

t.test('an old lock is taken over whoever made it, a takeover that broke off too', async (t) => {
  const dir = t.testdir({ counter: '0', 'counter.lock': '', 'counter.lock.takeover': '' })
  const path = join(dir, 'counter')
  const longAgo = new Date(Date.now() - 60_000)
  for (const name of ['counter.lock', 'counter.lock.takeover'])
    await utimes(join(dir, name), longAgo, longAgo)
  await withFileLock(path, () => increment(path))
  t.strictSame(await readdir(dir), ['counter'])
})

t.test('a lock of a living process is respected, and told in the end', async (t) => {
  const path = join(t.testdir({ counter: '0' }), 'counter')
  await writeFile(`${path}.lock`, owner(process.pid))
  const wait = withFileLock(path, () => increment(path), { giveUpMs: 200 })
  await t.rejects(wait, { code: 'unavailable', message: /Another process holds .*counter\.lock/ })
  t.equal(await readFile(path, 'utf8'), '0')
  t.equal(await readFile(`${path}.lock`, 'utf8'), owner(process.pid))
})

t.test('the lock is given back when the work fails', async (t) => {
  const path = join(t.testdir({ counter: '0' }), 'counter')
  await t.rejects(
    withFileLock(path, async () => {
      throw new Error('work failed')
    }),
    { message: 'work failed' },
  )
  await withFileLock(path, () => increment(path))
})
