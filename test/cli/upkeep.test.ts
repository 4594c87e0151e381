import { chmod, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { lockStore } from '../../src/stores/openclaw/writing/file-lock.js'
import { ownDirectory } from './directory.js'
import { run, Service } from './process.js'

const STORE = 'agents/main/sessions/sessions.json'
const keysIn = async (state: string) =>
  Object.keys(JSON.parse(await readFile(join(state, STORE), 'utf8')))

t.test('cleanup: a dry run shows every session and changes nothing', async (t) => {
  const { env, flags, state } = await ownDirectory(t)
  const before = await readFile(join(state, STORE), 'utf8')
  const one = await run([
    'cleanup',
    '--dry-run',
    '--age',
    '1m',
    '--fix-missing',
    '--json',
    ...flags,
  ])
  t.match(one, { code: 0, err: '' })
  t.match(JSON.parse(one.out), {
    agentId: 'main',
    storePath: join(state, STORE),
    mode: 'enforce',
    dryRun: true,
    beforeCount: 8,
    wouldMutate: true,
  })
  t.notOk('actions' in JSON.parse(one.out), 'as OpenClaw prints it')
  const all = JSON.parse(
    (await run(['cleanup', '--dry-run', '--all-agents', '--json', ...flags])).out,
  )
  t.match(all, { allAgents: true, mode: 'enforce', dryRun: true, stores: [{}, {}] })
  const table = await run(['cleanup', '--dry-run', '--age', '1m', '--fix-missing', ...flags])
  t.match(table.out, /^ACTION +KEY +AGE +MODEL +FLAGS$/m)
  t.match(table.out, /^prune-\S+ +agent:main:newbypatch /m)
  t.match(table.out, /^keep +agent:main:main /m)
  t.match(table.out, /^LABEL +REMOVED +KEPT$/m)
  t.match(table.out, /^8 sessions, \d would be left \(mode enforce\)$/m)
  t.equal(await readFile(join(state, STORE), 'utf8'), before)

  const service = await Service.start(t, env)
  const at = ['--url', service.url, '--token', service.token]
  const asked = await run(['cleanup', '--dry-run', '--age', '1m', '--fix-missing', '--json', ...at])
  t.strictSame(JSON.parse(asked.out), JSON.parse(one.out), 'a service says the same')
})

t.test('cleanup removes what its dry run said', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const rules = ['--age', '1m', '--fix-missing', '--active-key', 'agent:main:locktest']
  const preview = JSON.parse(
    (await run(['cleanup', '--dry-run', '--json', ...rules, ...flags])).out,
  )
  const { code, out } = await run(['cleanup', '--json', ...rules, ...flags])
  t.equal(code, 0)
  const done = JSON.parse(out)
  t.match(done, { applied: true, dryRun: false, appliedCount: preview.afterCount })
  const left = await keysIn(state)
  t.equal(left.length, preview.afterCount)
  for (const key of ['agent:main:main', 'agent:main:locktest']) t.ok(left.includes(key), key)
  t.notOk(left.includes('agent:main:newbypatch'))
})

t.test(
  'compact keeps the header and the newest lines, and all of them as an archive',
  async (t) => {
    const { flags, state } = await ownDirectory(t)
    const folder = join(state, 'agents/main/sessions')
    const file = join(folder, '72500bd6-0840-4068-ae2c-d1bd63c64901.jsonl')
    const before = await readFile(file, 'utf8')
    const cut = ['compact', 'main', '--max-lines', '10']
    t.match(await run([...cut, ...flags]), { code: 1, err: /say --yes/ }, 'nobody can be asked')
    t.equal(await readFile(file, 'utf8'), before)
    const { code, out } = await run([...cut, '--yes', '--json', ...flags])
    t.equal(code, 0)
    const answer = JSON.parse(out)
    t.match(answer, {
      ok: true,
      key: 'agent:main:main',
      compacted: true,
      kept: 10,
      archived: /\.bak\./,
    })
    t.equal(await readFile(join(folder, answer.archived), 'utf8'), before)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    t.equal(lines.length, 10)
    t.match(JSON.parse(lines[0] ?? ''), { type: 'session' })
    const again = await run([...cut, '--agent', 'main', '--yes', ...flags])
    t.match(again, { code: 0, out: /short enough already/ })
    const summary = await run(['compact', 'main', ...flags])
    t.match(summary, { code: 1, err: /gateway/ }, 'a summary needs a gateway')
    const none = await run(['compact', 'main', '--max-lines', '0', ...flags])
    t.match(none, { code: 2, err: /whole number from 1 on/ })
  },
)

t.test('archive and delete: here, and through a service', async (t) => {
  const { env, flags, state } = await ownDirectory(t)
  const archived = await run(['archive', 'agent:main:locktest', ...flags])
  t.match(archived, {
    code: 0,
    out: /^agent:main:locktest is archived, kept as .*\.reset\..*\.\n$/,
  })
  t.notOk((await keysIn(state)).includes('agent:main:locktest'))
  const key = 'agent:main:dashboard:5444acb2-ea39-4e27-98b1-43bbbb12a0f3'
  t.match(await run(['delete', key, ...flags]), { code: 1, err: /say --yes/ })
  t.ok((await keysIn(state)).includes(key))
  const service = await Service.start(t, env)
  const at = ['--url', service.url, '--token', service.token]
  const deleted = await run(['delete', key, 'main', '--yes', '--json', ...at])
  t.equal(deleted.code, 1, 'a main session stays')
  t.match(JSON.parse(deleted.out), {
    results: [
      { ok: true, key, deleted: true, archived: [/\.deleted\./] },
      { ok: false, key: 'main', code: 'impossible_state' },
    ],
  })
  const left = await keysIn(state)
  t.notOk(left.includes(key))
  t.ok(left.includes('agent:main:main'))
})

t.test('a store that somebody else has locked: one sentence, and nothing changed', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const path = join(state, STORE)
  const before = await readFile(path, 'utf8')
  const lock = await lockStore(path, { what: 'The store' })
  t.teardown(() => lock.release())
  const { code, err, out } = await run(['cleanup', '--age', '1m', '--fix-missing', ...flags])
  t.match({ code, out }, { code: 1, out: '' })
  t.match(err, /^error: [^\n]*lock[^\n]*\n$/)
  t.equal(await readFile(path, 'utf8'), before)
  const names = await readdir(join(state, 'agents/main/sessions'))
  t.strictSame(
    names.filter((name) => name.endsWith('.tmp')),
    [],
  )
})

const cannotBe = process.getuid?.() === 0 ? false : 'only root can become another user'

t.test('a directory that this user may only read', { skip: cannotBe }, async (t) => {
  const { flags, state } = await ownDirectory(t)
  await chmod(join(state, '../data'), 0o777)
  const before = await readFile(join(state, STORE), 'utf8')
  const uid = 65_534
  t.match(await run(['list', ...flags], { uid }), { code: 0, err: '' })
  for (const args of [
    ['cleanup', '--age', '1m', '--fix-missing'],
    ['compact', 'main', '--max-lines', '10', '--yes'],
  ]) {
    const { code, err, out } = await run([...args, ...flags], { uid })
    t.match({ code, out }, { code: 1, out: '' }, args.join(' '))
    t.match(err, /^error: [^\n]*\b(permission|rights|write)[^\n]*\n$/i)
  }
  const removed = await run(['archive', 'agent:main:locktest', ...flags], { uid })
  t.match(removed, { code: 1, out: '', err: /^agent:main:locktest: / })
  t.equal(await readFile(join(state, STORE), 'utf8'), before)
})
