import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  baseNameOf,
  isPlainName,
  leavesRoot,
  pathOf,
  StatePaths,
  siblingOf,
  stateDirOf,
} from '../../../src/stores/openclaw/paths.js'

const paths = new StatePaths('/state', '/home/me')

t.test('a name never leaves its folder', async (t) => {
  for (const name of [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc/passwd',
    'a\\b',
    'a\0b',
    'é'.repeat(128),
  ]) {
    t.equal(isPlainName(name), false, name)
    t.throws(() => pathOf({ dir: '/state', name }), { code: 'internal' }, name)
  }
  t.equal(pathOf({ dir: '/state', name: '..jsonl' }), '/state/..jsonl')
  t.throws(() => paths.sessionsDir('../work'), { code: 'internal' })
})

t.test('a recorded path gives its base name, whoever wrote it', async (t) => {
  const cases: [recorded: string, name: string | null][] = [
    ['/home/openclaw/.openclaw/agents/main/sessions/a.jsonl', 'a.jsonl'],
    ['C:\\Users\\x\\.openclaw\\agents\\main\\sessions\\a.jsonl', 'a.jsonl'],
    ['a.jsonl', 'a.jsonl'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/', null],
    ['/a/..', null],
    ['/a/b\0.jsonl', null],
  ]
  for (const [recorded, name] of cases) t.equal(baseNameOf(recorded), name, recorded)
})

t.test('a sibling agent is recognised wherever its state directory was', async (t) => {
  t.strictSame(siblingOf('/elsewhere/agents/work/sessions/a.jsonl'), {
    agent: 'work',
    name: 'a.jsonl',
  })
  for (const recorded of [
    '/x/agents/../sessions/a.jsonl',
    '/x/agents/Work/sessions/a.jsonl',
    '/x/agents/work/sessions/../a.jsonl',
    '/x/agents/work/sessions/sub/a.jsonl',
    '/x/myagents/work/sessions/a.jsonl',
  ])
    t.equal(siblingOf(recorded), null, recorded)
})

t.test('where session.store says that the stores are', async (t) => {
  t.strictSame(paths.layout(null), { kind: 'agents' })
  t.strictSame(paths.layout('~/all.json'), {
    kind: 'one',
    file: { dir: '/home/me', name: 'all.json' },
    agent: null,
  })
  t.match(paths.layout('data/all.json'), { kind: 'one', file: { dir: '/state/data' } })

  const folders = paths.layout('~/x/{agentId}/s/{agentId}.json')
  if (folders.kind !== 'template') return t.fail(folders.kind)
  t.equal(folders.base, '/home/me/x')
  t.equal(folders.agentOf('work'), 'work')
  t.equal(folders.agentOf('Work!'), null)
  t.strictSame(folders.fileOf('work'), { dir: '/home/me/x/work/s', name: 'work.json' })
  t.throws(() => folders.fileOf('../..'), { code: 'internal' })

  const files = paths.layout('/stores/store.{agentId}.json')
  if (files.kind !== 'template') return t.fail(files.kind)
  t.equal(files.agentOf('store.work.json'), 'work')
  t.equal(files.agentOf('storeXworkXjson'), null, 'a dot is a dot')
  t.equal(files.agentOf('store.json'), null)
})

t.test('one store is served, wherever it is, and whose it is its path says', async (t) => {
  const layoutOf = (store: string) =>
    new StatePaths('/state', '/home/me', undefined, store).layout('~/all.json')
  t.strictSame(layoutOf('/old/agents/work/sessions/sessions.json'), {
    kind: 'one',
    file: { dir: '/old/agents/work/sessions', name: 'sessions.json' },
    agent: 'work',
  })
  t.match(layoutOf('/old/kept.json'), { kind: 'one', agent: null })
  t.equal(stateDirOf({ dir: '/old/agents/work/sessions', name: 'sessions.json' }), '/old')
  t.equal(stateDirOf({ dir: '/old/work', name: 'sessions.json' }), null)
})

t.test('a file is named the same wherever the directory is mounted', async (t) => {
  t.equal(
    paths.identity({ dir: '/state/agents/a/sessions', name: 'x.jsonl' }),
    'agents/a/sessions/x.jsonl',
  )
})

t.test('a folder is where it really is', async (t) => {
  const dir = t.testdir({ root: { inside: {} }, rootless: {} })
  await symlink(join(dir, 'rootless'), join(dir, 'root/out'))
  await symlink(join(dir, 'root/inside'), join(dir, 'root/in'))
  await mkdir(join(dir, 'root/deep/er'), { recursive: true })
  const root = join(dir, 'root')
  t.equal(await leavesRoot(root, root), false)
  t.equal(await leavesRoot(join(root, 'inside'), root), false)
  t.equal(await leavesRoot(join(root, 'in'), root), false)
  t.equal(await leavesRoot(join(root, 'out'), root), true)
  t.equal(await leavesRoot(join(dir, 'rootless'), root), true, 'a longer name is another folder')
  await t.rejects(leavesRoot(join(root, 'absent'), root), { code: 'ENOENT' })
})
