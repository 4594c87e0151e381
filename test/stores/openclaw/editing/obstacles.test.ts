import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { chat } from '../../../suites/transcript-text.js'
import { StateDir } from '../state-dir.js'

const CHANGES = ['patch', 'compact', 'putAway'] as const
const PROGRAM = fileURLToPath(new URL('one-change.mjs', import.meta.url))
const NOBODY = 65_534
/** Bytes of a disk that is soon full. */
const DISK_BYTES = 512 * 1024

/** A state directory that every user can reach, with one session. */
async function filled(t: Test, root: string): Promise<StateDir> {
  const dir = new StateDir(root)
  await dir.store('main', {
    'agent:main:main': { sessionId: 's1' },
    'agent:main:bulky': { sessionId: 's2', filler: 'x'.repeat(60_000) },
  })
  await dir.transcript('main', 's1.jsonl', chat('s1', 300))
  t.equal(readdirSync(join(root, 'agents/main/sessions')).length, 2)
  return dir
}

function folder(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'sessions-obstacles-'))
  chmodSync(root, 0o755)
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  return root
}

function contents(dir: StateDir): [name: string, text: string][] {
  const sessions = dir.file('main', '.')
  return readdirSync(sessions).map((name) => [name, readFileSync(join(sessions, name), 'utf8')])
}

/** What a process of its own says of a change. */
async function say(stateDir: string, change: string, uid?: number): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const user = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(process.execPath, [PROGRAM, stateDir, change], { env, ...user })
  return text(child.stdout)
}

t.test('a directory that may not be written: one sentence, nothing changed', async (t) => {
  const dir = await filled(t, folder(t))
  const isRoot = process.getuid?.() === 0
  // Root ignores modes: then somebody else tries.
  if (!isRoot) chmodSync(dir.file('main', '.'), 0o555)
  const before = contents(dir)
  for (const change of CHANGES)
    t.match(
      await say(dir.root, change, isRoot ? NOBODY : undefined),
      /^unavailable: The (session store of main|transcript of agent:main:main) cannot be written, this user may not write there: run this as the user of the gateway\. Nothing was changed\.$/,
      change,
    )
  t.strictSame(contents(dir), before)
  chmodSync(dir.file('main', '.'), 0o755)
})

t.test('a lock of another live process: one sentence, nothing changed', async (t) => {
  const dir = await filled(t, folder(t))
  const holder = await hold(t, dir.file('main', 'sessions.json'))
  const run = await hold(t, dir.file('main', 's1.jsonl'))
  const before = contents(dir)
  const pids = `(${holder.pid}|${run.pid})`
  for (const change of CHANGES)
    t.match(
      await say(dir.root, change),
      new RegExp(
        `^unavailable: The .* stays locked by process ${pids}: let it finish, or end it, and try again\\. Nothing was changed\\.$`,
      ),
      change,
    )
  t.strictSame(contents(dir), before)
})

t.test('a full disk: one sentence, nothing changed', { skip: cannotMount() }, async (t) => {
  const root = folder(t)
  mountSmallDisk(root)
  t.teardown(() => execFileSync('umount', [root]))
  const dir = await filled(t, root)
  // Room for a lock, and for nothing else.
  const ballast = join(root, 'ballast')
  const used = Number(
    execFileSync('du', ['-s', '--block-size=1', root], { encoding: 'utf8' }).split('\t')[0],
  )
  writeFileSync(ballast, 'x'.repeat(DISK_BYTES - used - 3 * 4096))
  const before = contents(dir)
  for (const change of CHANGES)
    t.match(
      await say(root, change),
      /^unavailable: The .* cannot be written, the disk is full: free some space\. Nothing was changed\.$/,
      change,
    )
  t.strictSame(contents(dir), before, 'no temporary file stays')
  rmSync(ballast)
  t.equal(await say(root, 'patch'), 'done')
})

function mountSmallDisk(root: string): void {
  const options = `size=${DISK_BYTES},mode=755`
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', root], { stdio: 'ignore' })
}

/** False, or why no small disk can be had. */
function cannotMount(): string | false {
  const root = mkdtempSync(join(tmpdir(), 'sessions-mount-'))
  try {
    mountSmallDisk(root)
    execFileSync('umount', [root])
    return false
  } catch {
    return 'a small tmpfs cannot be mounted here'
  } finally {
    rmSync(root, { recursive: true })
  }
}

async function hold(t: Test, target: string): Promise<ChildProcess> {
  const program = new URL('../writing/lock-holder.ts', import.meta.url)
  const child = fork(program, [target])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}
