import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { GatewayConnection } from '../../src/runtimes/openclaw-gateway/connection.js'
import { runProcess as run, Service } from '../cli/process.js'
import { until } from '../until.js'
import { GatewayProcess } from './gateway-process.js'
import { ModelServer } from './model-server.js'
import { testedRelease } from './release.js'
import { makeSession, send } from './turn.js'

const release = testedRelease()
if (release.version !== '2026.5.28') {
  t.pass('one release with files and a live gateway is enough')
  process.exit(0)
}

const TURN_MS = 60_000

const model = await ModelServer.start(t)
const gateway = await GatewayProcess.start(t, release, model)
const client = await gateway.connect(t)
const data = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
t.teardown(() => rm(data, { recursive: true, force: true, maxRetries: 5 }))

interface Row {
  readonly key: string
  readonly status?: string
  readonly hasActiveRun?: boolean
}

const rowsOf = async (connection: GatewayConnection) =>
  ((await connection.request('sessions.list', {})) as { sessions: Row[] }).sessions
const rowOf = async (key: string) => (await rowsOf(client)).find((row) => row.key === key)
const isLive = async (key: string) => (await rowOf(key))?.hasActiveRun === true

/** A session with a turn behind it. */
async function quiet(name: string): Promise<string> {
  const key = await makeSession(client, name)
  await send(client, key, 'QUICK')
  await until(async () => (await rowOf(key))?.status === 'done' && !(await isLive(key)), TURN_MS)
  return key
}

/** A session with a turn under way, which may be in its first moments. */
async function busy(name: string, words: string): Promise<string> {
  const key = await makeSession(client, name)
  await send(client, key, words)
  await until(() => isLive(key), TURN_MS)
  return key
}

/** Every command against the sessions of a live gateway, and what the gateway says of it afterwards. */
async function everyCommand(t: Test, flags: readonly string[], name: string): Promise<void> {
  const said = async (words: string[], expected: object) => {
    const { code, err, out } = await run([...words, ...flags])
    t.match({ code, err, out }, { code: 0, ...expected }, `${words.join(' ')}\n${err}`)
    return out
  }
  const key = await quiet(`${name}-quiet`)
  await said(['list', '--all-agents'], { out: key.slice(0, 12) })
  await said(['list', '--json', '--all-agents'], { out: `"key": "${key}"` })
  await said(['show', key], { out: /done/ })
  await said(['history', key], { out: /QUICK/ })
  await said(['tail', '--session-key', key], { out: /mock/ })
  await said(['diagnose', key], { out: key })
  await said(['export', key, '--format', 'markdown'], { out: /^# / })
  await said(['doctor'], { out: /2026\.5\.28|gateway|runtime/i })

  await said(['pause', key], { out: / paused\s/ })
  await t.rejects(send(client, key, 'QUICK'), /blocked by session policy/)
  await said(['resume', key], { out: / resumed\s/ })
  const stopped = await busy(`${name}-long`, 'SLOW')
  await said(['stop', stopped], { out: / (stopped|stopping)\s/ })
  await until(async () => !(await isLive(stopped)), TURN_MS)
  const longer = await busy(`${name}-longer`, 'LONG')
  await said(['kill', longer, '--yes'], { out: / killed\s/ })
  t.equal(await isLive(longer), false)

  await said(['compact', key, '--max-lines', '2', '--yes'], { out: /has 2 lines now/ })
  const preview = await said(['cleanup', '--dry-run', '--json', '--all-agents'], {})
  t.match(preview, /"dryRun": true/)
  await said(['cleanup', '--json', '--all-agents'], { out: /"applied": true/ })
  t.match(await rowOf(key), { key }, 'a young one stays')
  const archive = await run(['archive', longer, ...flags])
  t.match(archive, { code: 1, err: /archives no sessions: delete it instead/ })
  await said(['delete', longer, '--yes'], { out: /is deleted/ })
  t.equal(await rowOf(longer), undefined, 'gone from the gateway')
}

t.test('on the state directory of a live gateway', (t) =>
  everyCommand(t, ['--state-dir', gateway.stateDir, '--data-dir', join(data, 'cli')], 'dir'),
)

t.test('on a service beside it', async (t) => {
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: gateway.stateDir,
    SESSIONS_API_DATA_DIR: join(data, 'service'),
  })
  const flags = ['--url', service.url, '--token', service.token]
  await until(async () => (await run(['doctor', ...flags])).out.includes('Connected'), TURN_MS)
  await everyCommand(t, flags, 'service')
})

t.test('with another token than its own nothing is written beside it', async (t) => {
  const key = await quiet('refused')
  const flags = ['--state-dir', gateway.stateDir, '--data-dir', join(data, 'refused')]
  const wrong = [...flags, '--gateway-token', 'wrong']
  const before = await rowsOf(client)
  for (const words of [
    ['cleanup'],
    ['delete', key, '--yes'],
    ['compact', key, '--max-lines', '2', '--yes'],
  ])
    t.match(await run([...words, ...wrong]), {
      code: 1,
      err: /refuses the credential.*Nothing was changed\./,
    })
  const unasked = [...flags, '--gateway-url', 'off']
  t.match(await run(['delete', key, '--yes', ...unasked]), {
    code: 1,
    err: /A gateway of this state directory is running \(process \d+\).*Nothing was changed\./,
  })
  t.match(await run(['cleanup', '--dry-run', ...wrong]), { code: 0 })
  t.strictSame(
    (await rowsOf(client)).map((row) => row.key),
    before.map((row) => row.key),
  )
})

/** The demo is made anew for each command: what one does is not seen by the next. */
t.test('on the demo', async (t) => {
  const said = async (...words: string[]) => run([...words, '--demo'])
  const list = JSON.parse((await said('list', '--json', '--all-agents', '--limit', 'all')).out)
  const rows = list.sessions as { key: string; status: string; kind: string }[]
  const done = rows.find((row) => row.status === 'done' && !row.key.endsWith(':main'))?.key ?? ''
  const running = rows.find(({ status }) => status === 'running')?.key ?? ''
  const commands: [words: string[], out: RegExp][] = [
    [['list'], /agent:main:/],
    [['show', 'main'], /agent:main:main/],
    [['history', 'main'], /#\d/],
    [['tail'], /./],
    [['diagnose', 'main'], /agent:main:main/],
    [['pause', running], /paus|no_active_run/],
    [['resume', running], /resumed|already/],
    [['stop', running], /stop|no_active_run/],
    [['kill', running, '--yes'], /killed|no_active_run/],
    [['cleanup', '--dry-run', '--all-agents'], /sessions, \d+ would be left/],
    [['cleanup', '--all-agents'], /sessions, \d+ left/],
    [['compact', done, '--max-lines', '2', '--yes'], /has \d+ lines now|short enough/],
    [['archive', done], /is archived/],
    [['delete', done, '--yes'], /is deleted/],
    [['export', 'main', '--format', 'json'], /"messages":\[/],
    [['doctor'], /./],
  ]
  for (const [words, out] of commands)
    t.match(await said(...words), { code: 0, out }, words.join(' '))
})
