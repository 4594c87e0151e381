import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { FakeGateway } from '../runtimes/openclaw-gateway/fake-gateway.js'
import { chat } from '../suites/transcript-text.js'
import { ownDirectory, reading } from './directory.js'
import { FIXTURE, run } from './process.js'

const DAY_MS = 86_400_000

/** A store with a stale session and a fresh one, and their transcripts beside it. */
async function fillStore(path: string, dir: string, names: readonly [string, string]) {
  const [stale, fresh] = names
  await mkdir(dir, { recursive: true })
  const store = {
    [`agent:main:${stale}`]: { sessionId: stale, updatedAt: Date.now() - 40 * DAY_MS },
    [`agent:main:${fresh}`]: { sessionId: fresh, updatedAt: Date.now() },
  }
  await writeFile(path, JSON.stringify(store))
  for (const name of names) await writeFile(join(dir, `${name}.jsonl`), chat(name, 2))
}

t.test('a store of the directory, by its path or as it is called there', async (t) => {
  const at = reading(t)
  const path = join(FIXTURE, 'agents/work/sessions/sessions.json')
  for (const named of [path, 'agents/work/sessions/sessions.json']) {
    const list = await run(['list', '--json', '--store', named, ...at])
    t.match(JSON.parse(list.out), { path, count: 3, sessions: [{ agentId: 'work' }] })
    const cleanup = await run(['cleanup', '--dry-run', '--json', '--store', named, ...at])
    t.match(JSON.parse(cleanup.out), { agentId: 'work', storePath: path, beforeCount: 3 })
  }
})

t.test(
  'a store elsewhere: by the rules of the directory, and nothing else is touched',
  async (t) => {
    const { flags, state } = await ownDirectory(t)
    await writeFile(
      join(state, 'openclaw.json'),
      JSON.stringify({ session: { maintenance: { pruneAfter: '35d' } } }),
    )
    const dir = join(state, '../elsewhere')
    const path = join(dir, 'kept.json')
    await fillStore(path, dir, ['stale', 'fresh'])
    const list = await run(['list', '--json', '--store', path, ...flags])
    t.match(JSON.parse(list.out), { path, count: 2, totalCount: 2 })
    const before = await readFile(join(state, 'agents/main/sessions/sessions.json'), 'utf8')
    const done = await run(['cleanup', '--json', '--store', path, ...flags])
    t.match(JSON.parse(done.out), {
      storePath: path,
      beforeCount: 2,
      pruned: 1,
      unreferencedArtifacts: { olderThanMs: 35 * DAY_MS },
      applied: true,
    })
    t.strictSame(Object.keys(JSON.parse(await readFile(path, 'utf8'))), ['agent:main:fresh'])
    t.ok((await readdir(dir)).some((name) => /^stale\.jsonl\.deleted\./.test(name)))
    t.equal(await readFile(join(state, 'agents/main/sessions/sessions.json'), 'utf8'), before)
  },
)

t.test('what sessions of a store in the same folder mean stays', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const dir = join(state, 'agents/main/sessions')
  const long = new Date(Date.now() - 90 * DAY_MS)
  const transcripts = (await readdir(dir)).filter((name) => /^[\w-]+\.jsonl$/.test(name))
  for (const name of transcripts) await utimes(join(dir, name), long, long)
  const path = join(dir, 'other.json')
  await fillStore(path, dir, ['stale', 'fresh'])
  t.equal((await run(['cleanup', '--store', path, ...flags])).code, 0)
  const left = await readdir(dir)
  const meant = Object.values<{ sessionId?: string }>(
    JSON.parse(await readFile(join(dir, 'sessions.json'), 'utf8')),
  ).map(({ sessionId }) => `${sessionId}.jsonl`)
  const kept = transcripts.filter((name) => meant.includes(name))
  t.ok(kept.length > 0)
  for (const name of kept) t.ok(left.includes(name), name)
})

t.test('a live gateway has nothing to do with it', async (t) => {
  const gateway = await FakeGateway.start(t)
  const { flags, state } = await ownDirectory(t)
  await writeFile(
    join(state, 'openclaw.json'),
    JSON.stringify({ gateway: { mode: 'local', port: gateway.port } }),
  )
  const dir = join(state, '../elsewhere')
  const path = join(dir, 'sessions.json')
  await fillStore(path, dir, ['stale', 'fresh'])
  t.equal((await run(['cleanup', '--store', path, ...flags])).code, 0)
  t.strictSame(Object.keys(JSON.parse(await readFile(path, 'utf8'))), ['agent:main:fresh'])
  t.notOk(gateway.asked.some(({ method }) => /cleanup|delete/.test(method)))
})

t.test('a store that agents share', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const shared = join(state, 'shared/sessions.json')
  await fillStore(shared, join(state, 'shared'), ['stale', 'fresh'])
  const config = { session: { store: shared } }
  await writeFile(join(state, 'openclaw.json'), JSON.stringify(config))
  for (const words of [[], ['--agent', 'main'], ['--store', shared], ['--all-agents']]) {
    const { out } = await run(['cleanup', '--dry-run', '--json', ...words, ...flags])
    t.match(
      JSON.parse(out),
      { agentId: 'main', storePath: shared, beforeCount: 2, pruned: 1 },
      words.join(' '),
    )
  }
})

t.test('what is no store', async (t) => {
  const at = reading(t)
  const dir = ownFolder(t, { 'broken.json': '{"agent:main:x":', 'list.json': '[]' })
  for (const command of ['list', 'cleanup']) {
    const none = await run([command, '--store', join(dir, 'none.json'), ...at])
    t.match(none, { code: 2, out: '', err: /is no file: name the sessions\.json/ })
    const folder = await run([command, '--store', dir, ...at])
    t.match(folder, { code: 2, err: /is no file/ })
    const both = await run([command, '--store', dir, '--url', 'http://127.0.0.1:9', ...at.slice(2)])
    t.equal(both.code, 2)
  }
  for (const name of ['broken.json', 'list.json']) {
    const path = join(dir, name)
    await copyFile(path, `${path}.before`)
    t.equal((await run(['cleanup', '--store', path, ...at])).code, 1)
    t.equal(await readFile(path, 'utf8'), await readFile(`${path}.before`, 'utf8'))
  }
})
