import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { openDataDirectory, signingKeyFile, useFile } from '../../src/state/index.js'
import { temporaryName } from '../../src/system/temporary-file.js'

const mode = async (path: string) => (await stat(path)).mode & 0o777

t.test('the directory and what is in it are private', async (t) => {
  const path = join(t.testdir(), 'deep', 'data')
  const { signingKey, uses, tokensPath } = await openDataDirectory(path)
  await signingKey.read()
  await uses.save({ version: 1, tickets: [], endedLogins: [] })
  t.equal(tokensPath, join(path, 'tokens.json'))
  t.equal(await mode(path), 0o700)
  t.strictSame((await readdir(path)).sort(), ['credential-uses.json', 'signing.key'])
  for (const name of await readdir(path)) t.equal(await mode(join(path, name)), 0o600, name)
})

t.test('what a killed process left is gone at the next start', async (t) => {
  const old = new Date(Date.now() - 3_600_000)
  const left = 'x.json.6a3b1f52-0d4e-4c58-9b1f-3a6c2f7e1d90.tmp'
  const dir = t.testdir({
    data: { [left]: 'half', 'tokens.json': '' },
    secrets: { [left]: 'not ours' },
  })
  const tokensFile = join(dir, 'secrets', 'tokens.json')
  const mine = [temporaryName(tokensFile), temporaryName(`${tokensFile}.lock`)]
  const other = temporaryName(join(dir, 'secrets', 'other.json'))
  for (const path of [...mine, other]) await writeFile(path, 'half')
  for (const path of [...mine, other, join(dir, 'data', left)]) await utimes(path, old, old)
  await openDataDirectory(join(dir, 'data'), { tokensFile })
  t.strictSame(await readdir(join(dir, 'data')), ['tokens.json'])
  t.strictSame((await readdir(join(dir, 'secrets'))).sort(), [basename(other), left].sort())
})

t.test('the tokens may be elsewhere', async (t) => {
  const dir = t.testdir({ data: {} })
  const options = { tokensFile: join(dir, 'secrets.json') }
  const { tokensPath } = await openDataDirectory(join(dir, 'data'), options)
  t.equal(tokensPath, join(dir, 'secrets.json'))
})

t.test('what is no directory is told in a sentence', async (t) => {
  const dir = t.testdir({ file: '' })
  const inTheWay = { code: 'unavailable', message: /in the way/ }
  await t.rejects(openDataDirectory(join(dir, 'file')), inTheWay)
  const below = { code: 'unavailable', message: /not a directory/ }
  await t.rejects(openDataDirectory(join(dir, 'file', 'data')), below)
})

t.test('the signing key is made once, also when many ask at once', async (t) => {
  const path = join(t.testdir(), 'signing.key')
  const keys = await Promise.all(Array.from({ length: 10 }, () => signingKeyFile(path).read()))
  t.equal(keys[0]?.length, 32)
  for (const key of keys) t.strictSame(Buffer.from(key), await readFile(path))
  t.strictSame(await readdir(t.testdirName), ['signing.key'])
})

t.test('a signing key of another length is not used', async (t) => {
  const path = join(t.testdir({ 'signing.key': 'short' }), 'signing.key')
  await t.rejects(signingKeyFile(path).read(), { code: 'invalid_setting', message: /32 bytes/ })
})

t.test('uses come back as they were saved; broken ones are begun anew and told', async (t) => {
  const path = join(t.testdir(), 'uses.json')
  const problems: Error[] = []
  const file = useFile(path, { onProblem: (error) => problems.push(error) })
  const kept = {
    version: 1 as const,
    tickets: [{ id: 'a', lastConnectedMs: 1 }],
    endedLogins: [{ id: 'b', untilMs: 2 }],
  }
  t.strictSame((await file.load()).tickets, [], 'none yet')
  t.strictSame(problems, [])
  await file.save(kept)
  t.strictSame(await file.load(), kept)
  await writeFile(path, '{"version":1')
  t.strictSame((await file.load()).tickets, [])
  t.match(problems, [{ code: 'unavailable', message: /begun anew/ }])
})
