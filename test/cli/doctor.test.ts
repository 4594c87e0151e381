import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ownDirectory, reading } from './directory.js'
import { run, Service } from './process.js'

interface Report {
  readonly ok: boolean
  readonly findings: { about: string; level: string; text: string; remedy: string | null }[]
}

const reportOf = (out: string): Report => JSON.parse(out)

t.test('what is found, what is wrong, and what to do', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['doctor', '--json', ...at])
  const { findings, ok } = reportOf(out)
  t.strictSame({ code, ok }, { code: 1, ok: false }, 'a session of the fixture is stuck')
  t.match(findings, [
    { about: 'sources', level: 'ok' },
    { about: 'sources', level: 'ok' },
    { about: 'gateway', level: 'notice', remedy: /--gateway-url/ },
    {
      about: 'sessions',
      level: 'problem',
      text: /agent:main:locktest is stuck/,
      remedy: 'openclaw-sessions diagnose agent:main:locktest',
    },
  ])
  const missing = findings.find(({ remedy }) => remedy?.includes('--fix-missing'))
  t.match(missing, { about: 'stores', level: 'notice' })
  const text = await run(['doctor', ...at])
  for (const { remedy, text: said } of findings) {
    t.ok(text.out.includes(said), said)
    if (remedy !== null) t.ok(text.out.includes(`→ ${remedy}\n`), remedy)
  }
})

t.test('a remedy works', async (t) => {
  const { flags } = await ownDirectory(t)
  const missing = ({ findings }: Report) =>
    findings.filter(({ remedy }) => remedy?.includes('--fix-missing')).map(({ remedy }) => remedy)
  const remedies = missing(reportOf((await run(['doctor', '--json', ...flags])).out))
  t.equal(remedies.length, 2)
  for (const remedy of remedies) {
    const args = (remedy ?? '').split(' ').slice(1)
    t.match(await run([...args, ...flags]), { code: 0, out: /prune-missing/ })
    await run([...args.filter((arg) => arg !== '--dry-run'), ...flags])
  }
  t.strictSame(missing(reportOf((await run(['doctor', '--json', ...flags])).out)), [])
})

t.test('a broken store, no store at all, nobody there', async (t) => {
  const { flags, state } = await ownDirectory(t)
  await writeFile(join(state, 'agents/main/sessions/sessions.json'), '{"agent:main:main": {')
  const broken = await run(['doctor', '--json', ...flags])
  t.equal(broken.code, 1)
  const { findings } = reportOf(broken.out)
  t.ok(findings.some(({ about, level }) => about === 'sources' && level !== 'ok'))
  await rm(join(state, 'agents'), { recursive: true })
  const empty = await run(['doctor', '--json', ...flags])
  t.match(empty, { code: 0, err: '' })
  const away = await run(['doctor', '--url', 'http://127.0.0.1:9'])
  t.match(away, { code: 1, out: /cannot be reached/ })
})

t.test('a service, asked with a token that may only read', async (t) => {
  const { env, flags } = await ownDirectory(t)
  const service = await Service.start(t, {
    ...env,
    SESSIONS_API_TOKEN: 'an-admin-token-for-this-test-0123456789',
  })
  const made = await run(['tokens', 'create', '--name', 'reader', '--quiet', ...flags.slice(2)])
  const at = ['--url', service.url, '--token', made.out.trim()]
  const { out } = await run(['doctor', '--json', ...at])
  t.match(reportOf(out).findings.at(-1), {
    about: 'stores',
    level: 'notice',
    remedy: 'Ask again with an admin token.',
  })
})
