import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { issueToken } from '../../src/auth/index.js'
import type { TokenRecord } from '../../src/contract/state.js'
import { tokenFile } from '../../src/state/index.js'
import { until } from '../until.js'

const record = (name: string): TokenRecord => issueToken({ name, scopes: ['operator.read'] }).record

const names = (tokens: readonly TokenRecord[]) => tokens.map(({ name }) => name)

t.test('tokens are added, listed and removed by name or id', async (t) => {
  const path = join(t.testdir(), 'new-folder', 'tokens.json')
  const file = tokenFile(path)
  t.strictSame(await file.load(), [], 'an absent file is an empty list')
  const [one, two] = [record('one'), record('two')]
  await file.add(one)
  await file.add(two)
  t.strictSame(await file.load(), [one, two])
  await t.rejects(file.add(record('one')), { code: 'token_exists' })
  t.strictSame(await file.remove('one'), one)
  t.strictSame(await file.remove(two.id), two)
  await t.rejects(file.remove('one'), { code: 'token_not_found' })
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.match(await readFile(path, 'utf8'), /"tokens": \[\]/)
})

t.test('changes made at the same time are all kept', async (t) => {
  const path = join(t.testdir(), 'tokens.json')
  const wanted = Array.from({ length: 20 }, (_, i) => `token-${i}`)
  await Promise.all(wanted.map((name) => tokenFile(path).add(record(name))))
  t.strictSame(names(await tokenFile(path).load()).sort(), wanted.sort())
})

t.test('a broken file is named with what is wrong, never with its text', async (t) => {
  const good = record('good')
  const whole = (tokens: unknown[]) => JSON.stringify({ version: 1, tokens })
  const cases: [name: string, text: string, says: RegExp][] = [
    ['empty', '', /not JSON/],
    ['half', whole([good]).slice(0, -5), /not JSON/],
    ['null', 'null', /at the top/],
    ['an array', '[]', /at the top/],
    ['another version', '{"version":2,"tokens":[]}', /at version/],
    ['no tokens', '{"version":1}', /at tokens/],
    ['a secret as hash', whole([{ ...good, sha256: 'ocs_secret' }]), /at tokens\[0\]\.sha256/],
    ['a wrong scope', whole([good, { ...good, scopes: ['root'] }]), /at tokens\[1\]\.scopes\[0\]/],
    [
      'a wildcard origin',
      whole([{ ...good, origins: ['*'] }]),
      /at tokens\[0\]\.origins\[0\].*no `\*`/,
    ],
    ['no time', whole([{ ...good, expiresAt: 'soon' }]), /at tokens\[0\]\.expiresAt/],
    ['the same token twice', whole([good, good]), /tokens\[1\] has the id of an earlier/],
    ['the same name twice', whole([good, { ...record('good') }]), /tokens\[1\] has the name/],
  ]
  for (const [name, text, says] of cases) {
    const path = join(t.testdir({ 'tokens.json': text }), 'tokens.json')
    const error = await tokenFile(path)
      .load()
      .then(
        () => null,
        (thrown: Error) => thrown,
      )
    t.match(error, { code: 'invalid_setting', message: says }, name)
    t.notMatch(error?.message, 'ocs_secret')
    await t.rejects(tokenFile(path).add(record('new')), { code: 'invalid_setting' })
    t.equal(await readFile(path, 'utf8'), text, 'and it is left alone')
  }
})

t.test('changes are the list now and after each change; a broken one yields nothing', async (t) => {
  const path = join(t.testdir(), 'tokens.json')
  const problems: Error[] = []
  const file = tokenFile(path, { onProblem: (error) => problems.push(error) })
  const end = new AbortController()
  const changes = file.changes(end.signal)
  const next = async () => names((await changes.next()).value ?? [])
  t.strictSame(await next(), [])
  await file.add(record('one'))
  t.strictSame(await next(), ['one'])
  const pending = next()
  await writeFile(path, '{')
  await until(() => problems.length > 0)
  await writeFile(path, JSON.stringify({ version: 1, tokens: [record('two')] }))
  t.strictSame(await pending, ['two'])
  end.abort()
  t.ok((await changes.next()).done)
})

t.test('a link is written through', async (t) => {
  const dir = t.testdir({ kept: {} })
  const target = join(dir, 'kept', 'real.json')
  const path = join(dir, 'tokens.json')
  await tokenFile(target).add(record('one'))
  await symlink(target, path)
  await tokenFile(path).add(record('two'))
  t.strictSame(names(await tokenFile(target).load()), ['one', 'two'])
})
