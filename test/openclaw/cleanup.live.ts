import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { CleanupSummary, DiskBudget } from '../../src/contract/cleanup.js'
import { runProcess as run } from '../cli/process.js'
import { configure, messyDirectory } from './messy-directory.js'
import { jsonOf, openclawCli } from './openclaw-cli.js'
import { testedRelease } from './release.js'

const release = testedRelease()
if (release.version !== '2026.5.28') {
  t.pass('its cleanup has other rules')
  process.exit(0)
}

interface Case {
  readonly name: string
  readonly session: object
  readonly flags: readonly string[]
}

const CASES: readonly Case[] = [
  { name: 'as it is configured without a word', session: {}, flags: [] },
  {
    name: 'few entries, short lives',
    session: { maintenance: { maxEntries: 9, pruneAfter: '10d', mode: 'warn' } },
    flags: ['--enforce'],
  },
  {
    name: 'a disk budget that the archives pay',
    session: { maintenance: { maxDiskBytes: 500_000, highWaterBytes: 470_000 } },
    flags: [],
  },
  {
    name: 'a disk budget that costs sessions',
    session: { maintenance: { maxDiskBytes: '440kb', resetArchiveRetention: '1d' } },
    flags: ['--enforce'],
  },
  {
    name: 'missing transcripts and other direct messages',
    session: { dmScope: 'main', maintenance: { pruneAfter: '365d' } },
    flags: ['--fix-missing', '--fix-dm-scope'],
  },
  {
    name: 'archives of resets are kept',
    session: { maintenance: { resetArchiveRetention: false, pruneAfter: '34d' } },
    flags: ['--active-key', 'agent:messy:explicit:lab'],
  },
]

for (const one of CASES)
  t.test(one.name, async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
    t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
    const stateDir = join(home, '.openclaw')
    const before = join(home, 'before')
    await messyDirectory(stateDir)
    await settle(stateDir, openclawCli(release, home))
    await configure(stateDir, one.session)
    await cp(stateDir, before, { recursive: true, preserveTimestamps: true })
    const openclaw = openclawCli(release, home)
    const words = ['cleanup', '--json', '--all-agents', ...one.flags]
    const theirs = async (...more: string[]) =>
      jsonOf(await openclaw('sessions', ...words, ...more))
    const own = ['--state-dir', stateDir, '--data-dir', join(home, 'data')]
    const ours = async (...more: string[]) =>
      asTheirs(jsonOf(await said([...words, ...more, ...own])) as unknown as Answer)
    t.strictSame(await ours('--dry-run'), await theirs('--dry-run'), 'the same is announced')
    const theirAnswer = await theirs()
    const theirState = await stateOf(stateDir)
    await rm(stateDir, { recursive: true })
    await cp(before, stateDir, { recursive: true, preserveTimestamps: true })
    t.strictSame(await ours(), theirAnswer, 'the same is said to be done')
    const ourState = await stateOf(stateDir)
    for (const [at, agent] of ourState.entries()) {
      t.strictSame(agent.keys, theirState[at]?.keys, `the same sessions of ${agent.name} are left`)
      t.strictSame(agent.files, theirState[at]?.files, `the same files of ${agent.name} are left`)
      t.strictSame(agent.store, theirState[at]?.store, `the store of ${agent.name} is the same`)
    }
  })

/** This release writes what an older one wrote in its own way first: that is not what is compared here. */
async function settle(stateDir: string, openclaw: ReturnType<typeof openclawCli>): Promise<void> {
  await configure(stateDir, { maintenance: { maxEntries: 5000, pruneAfter: '3650d' } })
  jsonOf(await openclaw('sessions', 'cleanup', '--json', '--all-agents'))
}

t.test('what is kept here and not there, on purpose', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const stateDir = join(home, '.openclaw')
  const sessions = join(stateDir, 'agents/messy/sessions')
  await messyDirectory(stateDir)
  await configure(stateDir, { maintenance: { pruneAfter: '1s', maxDiskBytes: 1 } })
  const begun = 'dddddddd-0000-4000-8000-000000000001.jsonl'
  await writeFile(join(sessions, begun), '{}\n')
  const before = join(home, 'before')
  await cp(stateDir, before, { recursive: true, preserveTimestamps: true })
  const words = ['cleanup', '--all-agents', '--json']
  jsonOf(await said([...words, '--state-dir', stateDir, '--data-dir', join(home, 'data')]))
  const ours = (await stateOf(stateDir)).find(({ name }) => name === 'messy')
  await rm(stateDir, { recursive: true })
  await cp(before, stateDir, { recursive: true, preserveTimestamps: true })
  jsonOf(await openclawCli(release, home)('sessions', ...words))
  const theirs = (await stateOf(stateDir)).find(({ name }) => name === 'messy')
  // Whoever writes to an agent expects to be known: its main session is a door, as groups and threads are.
  t.ok(ours?.keys.includes('agent:messy:main'))
  t.notOk(theirs?.keys.includes('agent:messy:main'))
  // A transcript is written before its row: one that has just been begun is about to be meant by somebody.
  t.ok(ours?.files.includes(begun))
  t.notOk(theirs?.files.includes(begun))
})

interface Answer {
  readonly dryRun: boolean
  readonly stores: readonly CleanupSummary[]
}

type TheirSummary = Omit<CleanupSummary, 'expiredArchives' | 'modelRunPruned'>
type Removed = CleanupSummary['expiredArchives']

/**
 * Our answer in the words of this release. Probes of the gateway are counted by themselves since 2026.6. Archives whose
 * time is over are counted by themselves too, and a preview takes them off before it looks at the disk, as the act does:
 * this release previews a budget as if they were still there. And what it counts before it acts is what its fixes have
 * left; we count what was there.
 */
function asTheirs({ dryRun, stores, ...rest }: Answer) {
  return { ...rest, dryRun, stores: stores.map((store) => storeAsTheirs(store, dryRun)) }
}

function storeAsTheirs(store: CleanupSummary, dryRun: boolean) {
  const { expiredArchives: expired, modelRunPruned, ...theirs } = store
  const { capped, diskBudget } = theirs
  const budget = diskBudget === null || !dryRun ? diskBudget : withExpired(diskBudget, expired)
  const beforeCount = theirs.beforeCount - (dryRun ? 0 : theirs.missing + theirs.dmScopeRetired)
  const isOursOnly = expired.removedFiles > 0 && !removes(theirs)
  const wouldMutate = isOursOnly ? false : theirs.wouldMutate
  return {
    ...theirs,
    capped: capped + modelRunPruned,
    diskBudget: budget,
    beforeCount,
    wouldMutate,
  }
}

/** True where something else goes than archives whose time is over, which this release does not count. */
function removes({ afterCount, beforeCount, diskBudget, unreferencedArtifacts }: TheirSummary) {
  const files = unreferencedArtifacts.removedFiles + (diskBudget?.removedFiles ?? 0)
  return beforeCount - afterCount + files > 0
}

function withExpired(budget: DiskBudget, { freedBytes, removedFiles }: Removed): DiskBudget {
  const before = budget.totalBytesBefore + freedBytes
  if (!budget.overBudget) return { ...budget, totalBytesBefore: before, totalBytesAfter: before }
  return {
    ...budget,
    totalBytesBefore: before,
    removedFiles: budget.removedFiles + removedFiles,
    freedBytes: budget.freedBytes + freedBytes,
  }
}

async function said(args: readonly string[]) {
  const { code, err, out } = await run(args)
  return { exit: code ?? 1, out, text: `${out}\n${err}` }
}

/** Stores as values, and the names of all files; an archive's time is when it was made. */
async function stateOf(stateDir: string) {
  const agents = await readdir(join(stateDir, 'agents'))
  return Promise.all(
    agents.sort().map(async (agent) => {
      const dir = join(stateDir, 'agents', agent, 'sessions')
      const store = JSON.parse(await readFile(join(dir, 'sessions.json'), 'utf8'))
      const files = (await readdir(dir, { recursive: true })).map(withoutMoment).sort()
      return { name: agent, keys: Object.keys(store), files, store }
    }),
  )
}

const TODAY = new Date().toISOString().slice(0, 8)

function withoutMoment(name: string): string {
  const [, stem, at = ''] = /^(.*\.deleted\.)(\d{4}-\d\d-.*Z)$/.exec(name) ?? []
  return at.startsWith(TODAY) ? `${stem}now` : name
}
