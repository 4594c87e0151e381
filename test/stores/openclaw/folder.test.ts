import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Folder } from '../../../src/stores/openclaw/directory/folder.js'

const ALL = { names: new Set<string>(), all: true, locks: false }
const LOCKS = { names: new Set<string>(), all: false, locks: true }
const named = (...names: string[]) => ({ names: new Set(names), all: false, locks: false })

/** Lists the folder until it is really listed: it rests after each time. */
async function listed(folder: Folder): Promise<Set<string>> {
  const changed = new Set<string>()
  do for (const name of await folder.refresh(ALL)) changed.add(name)
  while (folder.listingDueMs !== null)
  return changed
}

t.test('a listing is put off while the folder rests, and made in the end', async (t) => {
  const dir = t.testdir({ 'a.jsonl': '', 'a.trajectory.jsonl': '', 'sessions.json': '{}' })
  const folder = new Folder(dir, dir)
  t.strictSame(await folder.refresh(ALL), new Set(['a.jsonl']))
  await folder.listed()
  await writeFile(join(dir, 'b.jsonl'), '')
  await writeFile(join(dir, 'c.jsonl'), '')
  const early = await folder.refresh({ ...ALL, names: new Set(['c.jsonl']) })
  t.ok(early.has('c.jsonl'), 'a name that is told is looked at all the same')
  t.equal(early.has('b.jsonl'), folder.listingDueMs === null)
  await listed(folder)
  t.equal(folder.kind('b.jsonl'), 'file')
  await unlink(join(dir, 'a.jsonl'))
  t.strictSame(await listed(folder), new Set(['a.jsonl']))
  t.equal(folder.kind('a.jsonl'), null)
})

t.test('names are looked at one by one', async (t) => {
  const dir = t.testdir({ 'a.jsonl': '' })
  const folder = new Folder(dir, dir)
  await symlink('a.jsonl', join(dir, 'l.jsonl'))
  await mkdir(join(dir, 'd.jsonl'))
  const names = ['a.jsonl', 'l.jsonl', 'd.jsonl', 'none.jsonl', 'sessions.json.x.tmp']
  t.strictSame(await folder.refresh(named(...names)), new Set(['a.jsonl', 'l.jsonl', 'd.jsonl']))
  t.strictSame(
    names.map((name) => folder.kind(name)),
    ['file', 'link', 'special', null, null],
  )
})

t.test('a folder that becomes a link is empty from then on', async (t) => {
  const root = t.testdir({ outside: { 'a.jsonl': '' }, state: { sessions: { 'a.jsonl': '' } } })
  const dir = join(root, 'state/sessions')
  const folder = new Folder(dir, join(root, 'state'))
  await folder.refresh(ALL)
  t.equal(await folder.enter(), null)
  await rename(dir, `${dir}.moved`)
  await symlink(join(root, 'outside'), dir)
  t.match(await folder.enter(), /symbolic link/)
  t.strictSame(await folder.refresh(ALL), new Set(['a.jsonl']))
  t.equal(folder.kind('a.jsonl'), null)
})

t.test('who died is seen in all locks that he held', async (t) => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(holder, 'spawn')
  const lock = JSON.stringify({ pid: holder.pid, createdAt: '2026-11-21T04:39:12.480Z' })
  const own = JSON.stringify({ pid: process.pid, createdAt: '2026-11-21T04:39:12.480Z' })
  const dir = t.testdir({
    'a.jsonl.lock': lock,
    'b.jsonl.lock': lock,
    'c.jsonl.lock': own,
    'd.jsonl.lock': '{"pid":',
  })
  const folder = new Folder(dir, dir)
  await folder.refresh(ALL)
  const owners = () => ['a', 'b', 'c', 'd'].map((name) => folder.lock(`${name}.jsonl`)?.owner)
  t.strictSame(owners(), ['alive', 'alive', 'alive', 'unknown'])
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  t.strictSame(await folder.refresh(LOCKS), new Set(['a.jsonl', 'b.jsonl']))
  t.strictSame(owners(), ['dead', 'dead', 'alive', 'unknown'])
  await writeFile(join(dir, 'd.jsonl.lock'), own)
  t.strictSame(await folder.refresh(ALL), new Set(['d.jsonl']), 'a half-written one is read again')
  for (const name of 'abcd') await unlink(join(dir, `${name}.jsonl.lock`))
  await listed(folder)
  t.notOk(folder.holdsLocks)
})
