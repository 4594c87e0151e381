import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { TokenFileContent } from '../../src/contract/state.js'
import { ownFolder } from '../own-folder.js'
import { FIXTURE, run, Service } from './process.js'

const read = async (dir: string) =>
  TokenFileContent.parse(JSON.parse(await readFile(join(dir, 'tokens.json'), 'utf8'))).tokens

t.test('a token made while the service runs works at once, and ends within a second', async (t) => {
  const dir = ownFolder(t)
  const env = { SESSIONS_API_DATA_DIR: dir, OPENCLAW_STATE_DIR: FIXTURE }
  const service = await Service.start(t, env)
  const made = await run(['tokens', 'create', '--name', 'pager', '--agent', 'main'], { env })
  t.match(made, {
    code: 0,
    out: /^ocs_[\w-]{43}\n$/,
    err: /Kept as pager \([0-9a-f]{12}\) in .*tokens\.json/,
  })
  const token = made.out.trim()
  const list = await service.get('/api/sessions', token)
  t.equal(list.status, 200)
  t.notMatch(await list.text(), 'agent:work:')
  const stream = await service.get('/sessions/agent%3Amain%3Alocktest/history?follow=1', token)
  t.equal(stream.status, 200)
  const ended = stream.text().then(() => performance.now())
  const revoked = await run(['tokens', 'revoke', 'pager'], { env })
  const revokedAt = performance.now()
  t.match(revoked, { code: 0, out: '', err: /^Revoked pager/ })
  t.ok((await ended) - revokedAt < 1000)
  t.equal((await service.get('/api/sessions', token)).status, 401)
})

t.test('every restriction is kept as it was given', async (t) => {
  const dir = ownFolder(t)
  const at = ['--data-dir', dir]
  await run(['tokens', 'create', ...at, '--name', 'plain'])
  await run([
    ...[
      'tokens',
      'create',
      ...at,
      '--name',
      'all of it',
      '--scope',
      'write',
      '--agent',
      'main,work',
    ],
    ...[
      '--session',
      'agent:main:*',
      '--session',
      'agent:work:cron:*',
      '--origin',
      'HTTPS://A.org:443',
    ],
    ...['--redact', 'text', '--expires', '30d'],
  ])
  const [plain, restricted] = await read(dir)
  t.strictSame(Object.keys(plain ?? {}).sort(), ['createdAt', 'id', 'name', 'scopes', 'sha256'])
  t.strictSame(plain?.scopes, ['operator.read'])
  t.match(restricted, {
    name: 'all of it',
    scopes: ['operator.write'],
    agents: ['main', 'work'],
    sessions: ['agent:main:*', 'agent:work:cron:*'],
    origins: ['https://a.org'],
    redact: 'text',
  })
  const days = (Date.parse(restricted?.expiresAt ?? '') - Date.now()) / 86_400_000
  t.ok(days > 29.9 && days <= 30)
})

t.test('the list shows no secrets', async (t) => {
  const dir = ownFolder(t)
  const at = ['--data-dir', dir]
  t.match(await run(['tokens', 'list', ...at]), { code: 0, out: /^No tokens in / })
  const { out: token } = await run([
    'tokens',
    'create',
    ...at,
    '--name',
    'wächter 守',
    '--expires',
    '2999-01-01',
  ])
  const [record] = await read(dir)
  const table = await run(['tokens', 'list', ...at])
  t.match(table, {
    code: 0,
    out: /ID +NAME +SCOPE[^\n]+\n[0-9a-f]{12} +wächter 守 +read +all[^\n]+2999-01-01\n$/,
  })
  const json = await run(['tokens', 'list', '--json', ...at])
  t.match(JSON.parse(json.out), { tokens: [{ id: record?.id, name: 'wächter 守' }] })
  for (const shown of [table.out, json.out])
    for (const secret of [token.trim(), record?.sha256 ?? '']) t.notOk(shown.includes(secret))
})

t.test('processes that make tokens at the same time lose none', async (t) => {
  const dir = ownFolder(t)
  const names = Array.from({ length: 6 }, (_, i) => `token-${i}`)
  const made = await Promise.all(
    names.map((name) => run(['tokens', 'create', '--data-dir', dir, '--name', name])),
  )
  t.strictSame(new Set(made.map(({ code }) => code)), new Set([0]))
  t.strictSame((await read(dir)).map(({ name }) => name).sort(), names)
})

t.test('what does not work is told, with its exit code', async (t) => {
  const dir = ownFolder(t, {
    'tokens.json': '{"version":1,"tokens":[{"name":"broken"}]}',
    good: {},
  })
  const good = ['--data-dir', join(dir, 'good')]
  await run(['tokens', 'create', ...good, '--name', 'taken'])
  const create = (...more: string[]) => ['tokens', 'create', ...good, ...more]
  const cases: [args: string[], code: number, says: RegExp][] = [
    [create(), 2, /--name/],
    [create('--name', ''), 2, /1 to 100 characters/],
    [create('--name', 'x', '--scope', 'root'), 2, /read, write or admin/],
    [create('--name', 'x', '--origin', '*'), 2, /scheme:\/\/host/],
    [create('--name', 'x', '--expires', 'soon'), 2, /90m, 12h, 30d/],
    [create('--name', 'x', '--expires', '2001-01-01'), 2, /in the past/],
    [create('--name', 'x', '--redact', 'some'), 2, /none, text, all/],
    [create('--name', 'taken'), 1, /already/],
    [['tokens', 'revoke', ...good, 'nobody'], 1, /no token with the name or id "nobody"/],
    [['tokens', 'list', '--data-dir', dir], 2, /cannot be used: at tokens\[0\]/],
  ]
  const finished = await Promise.all(cases.map(([args]) => run(args)))
  for (const [index, [args, code, says]] of cases.entries()) {
    t.match(finished[index], { code, err: says, out: '' }, args.slice(-2).join(' '))
  }
  t.strictSame(
    (await read(join(dir, 'good'))).map(({ name }) => name),
    ['taken'],
  )
})
