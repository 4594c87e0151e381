import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { FIXTURE_5, ownDirectory, reading } from './directory.js'
import { Program, run, Service } from './process.js'

const FILE = 'agents/main/sessions/72500bd6-0840-4068-ae2c-d1bd63c64901.jsonl'
const LINE = /^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d \S+ +(agent:\S+) /

t.test('steps of a session, without its words', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['tail', '--session-key', 'main', ...at])
  t.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  t.ok(lines.length > 10)
  for (const line of lines) t.match(line, LINE)
  t.match(
    out,
    /^2026-11-\d\d \d\d:\d\d:\d\d prompt\.submitted agent:main:main {16}prompt submitted$/m,
  )
  t.match(out, /^\S+ \S+ model\.completed {2}agent:main:main {16}mock\/mock-1 done$/m)
  t.match(out, /^\S+ \S+ tool\.call {8}agent:main:main {16}\w+ \{\.\.\.redacted\.\.\.\}$/m)
  t.match(out, /^\S+ \S+ tool\.result {6}agent:main:main {16}\w+ (ok|error|done)$/m)
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

t.test('without a key the newest session, and those that run before it', async (t) => {
  const at = reading(t)
  const newest = JSON.parse((await run(['list', '--json', '--limit', '1', ...at])).out).sessions[0]
    .key
  const { out } = await run(['tail', ...at])
  t.equal(LINE.exec(out)?.[1], newest)
  const env = { TMPDIR: ownFolder(t), SESSIONS_API_DEMO_STEP_MS: '60000' }
  const service = await Service.start(t, env, ['serve', '--demo'])
  const there = ['--url', service.url, '--token', service.token]
  const listed = await run(['list', '--json', '--all-agents', '--limit', 'all', ...there])
  const running = (JSON.parse(listed.out).sessions as { key: string; status: string }[])
    .filter(({ status }) => status === 'running')
    .map(({ key }) => key.slice(0, 29))
  t.ok(running.length > 1)
  const { out: told } = await run(['tail', '--all-agents', '--tail', '2', ...there])
  for (const key of running) t.ok(told.includes(` ${key}`), key)
  const shown = new Set(
    told
      .trimEnd()
      .split('\n')
      .map((line) => LINE.exec(line)?.[1]?.slice(0, 29)),
  )
  t.strictSame([...shown].sort(), [...new Set(running)].sort(), 'and no other')
})

t.test('followed, what happens is told', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const follower = new Program(['tail', '--session-key', 'main', '--tail', '1', '-f', ...flags])
  t.teardown(() => follower.kill('SIGKILL'))
  await until(() => follower.out.includes('\n'))
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

const LAB = 'agent:research:explicit:explicit-lab-1'
const RECORDING = 'agents/research/sessions/explicit-lab-1.trajectory.jsonl'

t.test('a recording is told with dates and whole keys, here and by a service', async (t) => {
  const { env, flags } = await ownDirectory(t, FIXTURE_5)
  const { code, out } = await run(['tail', '--session-key', LAB, ...flags])
  t.equal(code, 0)
  const key = LAB
  t.strictSame(out.split('\n'), [
    `2026-11-21 05:07:26 session.started  ${key} session started`,
    `2026-11-21 05:07:26 trace.metadata   ${key}`,
    `2026-11-21 05:07:26 context.compiled ${key} context compiled (3 tools)`,
    `2026-11-21 05:07:26 prompt.submitted ${key} prompt submitted`,
    `2026-11-21 05:07:26 model.completed  ${key} mock/mock-1 done`,
    `2026-11-21 05:07:26 trace.artifacts  ${key}`,
    `2026-11-21 05:07:26 session.ended    ${key} success`,
    '',
  ])
  const service = await Service.start(t, env)
  const there = ['--url', service.url, '--token', service.token]
  t.equal((await run(['tail', '--session-key', LAB, ...there])).out, out)
  const two = await run(['tail', '--session-key', LAB, '--tail', '2', ...there])
  t.strictSame(two.out.split('\n'), out.split('\n').slice(-3))
})

t.test('a run that a gateway records is told as it is written', async (t) => {
  const { flags, state } = await ownDirectory(t, FIXTURE_5)
  const follower = new Program(['tail', '--session-key', LAB, '--tail', '1', '-f', ...flags])
  t.teardown(() => follower.kill('SIGKILL'))
  await until(() => follower.out.includes('success\n'))
  const path = join(state, RECORDING)
  const [last = ''] = (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-1)
  const told = (fields: object) => `${JSON.stringify({ ...JSON.parse(last), ...fields })}\n`
  const calls = [
    { type: 'tool.call', data: { name: 'exec', arguments: { command: 'secret' } } },
    { type: 'tool.result', data: { name: 'exec', success: true, output: 'secret' } },
    { type: 'model.completed', data: { timedOut: true, aborted: true } },
    { type: 'something.else', data: { prompt: 'secret' } },
    { type: 'session.ended', data: { status: 'error' } },
  ]
  await appendFile(path, calls.map((fields) => told(fields)).join(''))
  await until(() => follower.out.includes('error\n'))
  t.match(
    follower.out,
    /tool\.call .* exec \{\.\.\.redacted\.\.\.\}\n.*tool\.result .* exec ok\n.*model\.completed .* timeout\n.*something\.else +\S+\n.*session\.ended .* error\n$/,
  )
  t.notMatch(follower.out, 'secret')
  follower.kill('SIGINT')
  t.match(await follower.exit, { code: 0 })
})
