import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.js'
import { ownDirectory, reading } from './directory.js'
import { Program, run, Service } from './process.js'

const FILE = 'agents/main/sessions/72500bd6-0840-4068-ae2c-d1bd63c64901.jsonl'
const LINE = /^\d\d:\d\d:\d\d \S+ +(agent:\S+) /

t.test('steps of a session, without its words', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['tail', '--session-key', 'main', ...at])
  t.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  t.ok(lines.length > 10)
  for (const line of lines) t.match(line, LINE)
  t.match(out, /^\d\d:\d\d:\d\d prompt\.submitted agent:main:main {16}prompt submitted$/m)
  t.match(out, /^\S+ model\.completed {2}agent:main:main {16}mock\/mock-1 done$/m)
  t.match(out, /^\S+ tool\.call {8}agent:main:main {16}\w+ \{\.\.\.redacted\.\.\.\}$/m)
  t.match(out, /^\S+ tool\.result {6}agent:main:main {16}\w+ (ok|error|done)$/m)
  const words = await run(['history', 'main', '--limit', '1000', ...at])
  t.match(words.out, 'HEARTBEAT.md')
  t.notMatch(out, 'HEARTBEAT', 'what is said stays out')
  const two = await run(['tail', '--session-key', 'main', '--tail', '2', ...at])
  t.strictSame(two.out.trimEnd().split('\n'), lines.slice(-2))
  t.match(await run(['tail', '--tail', '0', ...at]), { code: 0, out: '' })
  t.match(await run(['tail', '--tail', 'abc', ...at]), { code: 2, err: /whole number from 0 on/ })
  t.match(await run(['tail', '--session-key', 'nowhere', ...at]), { code: 1, err: /not found/ })
  t.match(await run(['tail', '--agent', 'nobody', ...at]), {
    code: 1,
    err: /no sessions of agent nobody/,
  })
})

t.test('without a key the newest session, and one that runs before it', async (t) => {
  const at = reading(t)
  const newest = JSON.parse((await run(['list', '--json', '--limit', '1', ...at])).out).sessions[0]
    .key
  const { out } = await run(['tail', ...at])
  t.equal(LINE.exec(out)?.[1], newest)
  const env = { TMPDIR: t.testdir(), SESSIONS_API_DEMO_STEP_MS: '60000' }
  const service = await Service.start(t, env, ['serve', '--demo'])
  const there = ['--url', service.url, '--token', service.token]
  const listed = await run(['list', '--json', '--limit', 'all', ...there])
  const running = (JSON.parse(listed.out).sessions as { key: string; status: string }[])
    .filter(({ status }) => status === 'running')
    .map(({ key }) => key.slice(0, 29))
  const told = LINE.exec((await run(['tail', ...there])).out)?.[1] ?? ''
  t.ok(
    running.some((key) => told.startsWith(key)),
    `${told} of ${running}`,
  )
})

t.test('followed, what happens is told', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const follower = new Program(['tail', '--session-key', 'main', '--tail', '1', '-f', ...flags])
  t.teardown(() => follower.kill('SIGKILL'))
  await until(() => follower.out.includes('\n'), 20_000)
  const message = {
    role: 'assistant',
    content: [
      { type: 'toolCall', id: 'c1', name: 'exec', arguments: { command: 'rm -rf secret' } },
    ],
    provider: 'mock',
    model: 'mock-2',
    stopReason: 'toolUse',
    timestamp: Date.now(),
  }
  const line = { type: 'message', id: 'step-1', timestamp: new Date().toISOString(), message }
  await appendFile(join(state, FILE), `${JSON.stringify(line)}\n`)
  await until(() => follower.out.includes('exec {...redacted...}\n'))
  t.match(
    follower.out,
    /model\.completed .* mock\/mock-2 done\n.*tool\.call .* exec \{\.\.\.redacted\.\.\.\}\n$/,
  )
  t.notMatch(follower.out, 'secret')
  follower.kill('SIGINT')
  t.match(await follower.exit, { code: 0 })
})
