import { once } from 'node:events'
import { chmod, cp, readdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { FIXTURE, runProcess as run, Service, Shell } from './process.js'

t.test('the start screen of a directory: its commands work as they stand', async (t) => {
  const dir = ownFolder(t)
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: dir,
  })
  t.ok(service.out.includes(`serving   ${FIXTURE}\n`))
  t.notOk(service.out.includes('\u001b'), 'no styles without a terminal')
  const [list = '', history = '', follow = '', ...rest] = service.commands
  t.strictSame(rest, [], 'nothing to kill where nobody runs anything')
  const listed = new Shell(t, list)
  await listed.exit
  t.match(JSON.parse(listed.out), { count: 5, totalCount: 10 })
  const read = new Shell(t, history)
  await read.exit
  t.match(JSON.parse(read.out), { messages: [{}], limitApplied: 3 })
  const followed = new Shell(t, follow)
  await until(() => followed.out.includes('event: history'))
})

t.test('the start screen of the demo: a follower keeps printing and sees the kill', async (t) => {
  const temporary = ownFolder(t)
  const service = await Service.start(t, { TMPDIR: temporary, SESSIONS_API_DEMO_STEP_MS: '500' })
  t.match(service.out, /serving {3}a demo gateway/)
  const [list = '', history = '', follow = '', kill = ''] = service.commands
  const followed = new Shell(t, follow)
  await until(() => followed.out.includes('event: message'))
  // Between two turns nothing runs, and a kill says so: the next one is tried.
  let answer: { readonly killed?: boolean } = {}
  await until(async () => {
    const killing = new Shell(t, kill)
    await killing.exit
    answer = JSON.parse(killing.out)
    return answer.killed === true
  })
  t.match(answer, { ok: true, killed: true, outcome: 'killed' })
  await until(() => followed.out.includes('"stopReason":"aborted"'))
  for (const command of [list, history]) {
    const shell = new Shell(t, command)
    await shell.exit
    t.ok(JSON.parse(shell.out), command.slice(0, 20))
  }
  service.kill('SIGINT')
  t.equal((await service.exit).code, 0)
  await followed.exit
  t.strictSame(await readdir(temporary), [], 'the demo leaves nothing behind')
})

t.test('with a tokens file nobody knows a token, so the first command makes one', async (t) => {
  const dir = ownFolder(t, { "it's": { 'tokens.json': '{"version":1,"tokens":[]}' } })
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: join(dir, "it's"),
  })
  const [make = '', list = ''] = service.commands
  t.match(make, /^TOKEN=/)
  const shell = new Shell(t, `${make}\n${list}`)
  await shell.exit
  t.match(JSON.parse(shell.out), { totalCount: 10 })
})

t.test('a directory without sessions has a start screen too', async (t) => {
  const dir = ownFolder(t, { state: {}, data: {} })
  const env = { OPENCLAW_STATE_DIR: join(dir, 'state'), SESSIONS_API_DATA_DIR: join(dir, 'data') }
  const service = await Service.start(t, env)
  t.equal(service.commands.length, 1)
  await cp(FIXTURE, join(dir, 'state'), { recursive: true })
  await until(
    async () => (await (await service.get('/api/sessions')).text()).includes('locktest'),
    10_000,
  )
})

t.test('a token that was set is not printed, and commands to try work without it', async (t) => {
  const token = 'operators-own-token-0123456789-abcdef'
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
    SESSIONS_API_TOKEN: token,
    SESSIONS_API_LOG_LEVEL: 'trace',
  })
  t.equal((await service.get('/api/sessions', token)).status, 200)
  const shell = new Shell(t, service.commands.slice(0, 2).join('\n'))
  await shell.exit
  t.match(JSON.parse(shell.out), { totalCount: 10 })
  service.kill('SIGTERM')
  const { err, out } = await service.exit
  t.notMatch(`${out}${err}`, token)
})

t.test('a tokens file that others may read is told with the remedy', async (t) => {
  const dir = ownFolder(t, { 'tokens.json': '{"version":1,"tokens":[]}' })
  await chmod(dir, 0o700)
  await chmod(join(dir, 'tokens.json'), 0o644)
  const env = { OPENCLAW_STATE_DIR: FIXTURE, SESSIONS_API_DATA_DIR: dir }
  const service = await Service.start(t, env)
  const says = `(mode 644). End that with: chmod 600 ${join(dir, 'tokens.json')}`
  await until(() => service.err.includes(says))
  t.ok(service.out.includes(says))
  const { out } = await run(['doctor'], { env })
  t.match(out, /mode 644[\s\S]*→ chmod 600 .*tokens.json/)
})

t.test('--quiet prints nothing, no token either', async (t) => {
  const env = {
    SESSIONS_API_DATA_DIR: ownFolder(t),
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_PORT: '0',
  }
  const service = new Service(['serve', '--quiet'], { env })
  t.teardown(() => service.kill('SIGKILL'))
  await until(() => service.err.includes('"ready"'))
  service.kill('SIGTERM')
  const { code, out, err } = await service.exit
  t.strictSame({ code, out }, { code: 0, out: '' })
  t.notMatch(err, 'ocs_')
})

t.test('a bad start is one sentence, no stack, and an exit code', async (t) => {
  const dir = ownFolder(t, { file: '', data: { 'tokens.json': '{' } })
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const here = {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: join(dir, 'good'),
    SESSIONS_API_PORT: '0',
  }
  const cases: [
    name: string,
    args: string[],
    env: Record<string, string>,
    code: number,
    says: RegExp,
  ][] = [
    [
      'a bad setting',
      [],
      { SESSIONS_API_PORT: 'http' },
      2,
      /SESSIONS_API_PORT: "http" .* 0 to 65535/,
    ],
    ['a bad flag value', ['serve', '--port', 'x'], {}, 2, /error: --port: "x"/],
    [
      'a short token',
      [],
      { SESSIONS_API_TOKEN: 'x' },
      2,
      /fewer than 32 characters .*export SESSIONS_API_TOKEN=/,
    ],
    ['an unknown flag', ['serve', '--prot', '1'], {}, 2, /unknown option '--prot'/],
    [
      'an unknown command',
      ['server'],
      {},
      2,
      /unknown command "server". Did you mean "serve"\? .*--help/,
    ],
    [
      'letters changed',
      ['lsit', '--all-agents'],
      {},
      2,
      /unknown command "lsit". Did you mean "list"\? .*--help/,
    ],
    [
      'after a flag',
      ['--port', '0', 'sho'],
      {},
      2,
      /unknown command "sho". Did you mean "show"\? .*--help/,
    ],
    [
      'nothing like it',
      ['frobnicate'],
      {},
      2,
      /unknown command "frobnicate". openclaw-sessions --help/,
    ],
    ['an argument of serve', ['serve', 'list'], {}, 2, /too many arguments for 'serve'/],
    [
      'no such directory',
      [],
      { ...here, OPENCLAW_STATE_DIR: join(dir, 'nowhere') },
      2,
      /OPENCLAW_STATE_DIR: .* does not exist/,
    ],
    [
      'no directory',
      [],
      { ...here, OPENCLAW_STATE_DIR: join(dir, 'file') },
      2,
      /is not a directory/,
    ],
    [
      'a broken tokens file',
      [],
      { ...here, SESSIONS_API_DATA_DIR: join(dir, 'data') },
      2,
      /tokens\.json cannot be used: it is not JSON/,
    ],
    [
      'a port in use',
      [],
      { ...here, SESSIONS_API_PORT: port },
      1,
      /is in use; .*SESSIONS_API_PORT/,
    ],
    [
      'no data directory',
      [],
      { ...here, SESSIONS_API_DATA_DIR: join(dir, 'file') },
      1,
      /Cannot use the data directory/,
    ],
  ]
  const finished = await Promise.all(cases.map(([, args, env]) => run(args, { env })))
  for (const [index, [name, , , wanted, says]] of cases.entries()) {
    const { code, out = '', err = '' } = finished[index] ?? {}
    t.equal(code, wanted, name)
    t.match(err, says, name)
    t.equal(
      err
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('(Did you mean')).length,
      1,
      err,
    )
    t.equal(out, '')
  }
})

t.test('all that is wrong is named at once: settings, flags, values of options', async (t) => {
  const settings = await run(['serve', '--port', 'x', '--log-level', 'loud'], {
    env: { SESSIONS_API_POLL_MS: '1', SESSIONS_API_DOCS: 'perhaps' },
  })
  t.match(settings, { code: 2, out: '' })
  t.match(
    settings.err,
    /^error: Several settings .*(\n {2}(--port|--log-level|SESSIONS_API_POLL_MS|SESSIONS_API_DOCS): .*){4}\n$/,
  )
  const values = await run([
    'list',
    '--demo',
    '--limit',
    'x',
    '--cost',
    'much',
    '--kind',
    'cron,odd',
  ])
  t.match(values, { code: 2, out: '' })
  t.match(values.err, /^(error: option '--(limit|cost|kind) .*\n){3}$/)
})

t.test('a directory that this user may not read is told', async (t) => {
  const dir = ownFolder(t, { state: { agents: {} }, data: {} })
  const uid = process.getuid?.() === 0 ? 65_534 : undefined
  await chmod(join(dir, 'data'), 0o777)
  await chmod(join(dir, 'state', 'agents'), 0o000)
  const env = {
    OPENCLAW_STATE_DIR: join(dir, 'state'),
    SESSIONS_API_DATA_DIR: join(dir, 'data'),
    SESSIONS_API_PORT: '0',
  }
  const { code, err } = await run(['serve'], { env, ...(uid === undefined ? {} : { uid }) })
  await chmod(join(dir, 'state', 'agents'), 0o755)
  t.equal(code, 1)
  t.match(
    err,
    /^error: The state directory .*agents cannot be read by this user; give it read access.*\n$/,
  )
})

t.test('SIGTERM ends followers and the service', async (t) => {
  const env = { OPENCLAW_STATE_DIR: FIXTURE, SESSIONS_API_DATA_DIR: ownFolder(t) }
  const service = await Service.start(t, env)
  const follow = '/sessions/agent%3Amain%3Alocktest/history?follow=1'
  const streams = await Promise.all(Array.from({ length: 20 }, () => service.get(follow)))
  t.strictSame(new Set(streams.map(({ status }) => status)), new Set([200]))
  service.kill('SIGTERM')
  await Promise.all(streams.map((stream) => stream.text()))
  t.equal((await service.exit).code, 0)
})

t.test('a request that never ends: a second signal, or the time, ends the process', async (t) => {
  const env = { OPENCLAW_STATE_DIR: FIXTURE, SESSIONS_API_DATA_DIR: ownFolder(t) }
  for (const [shutdownMs, signals] of [
    ['60000', 2],
    ['300', 1],
  ] as const) {
    const service = await Service.start(t, { ...env, SESSIONS_API_SHUTDOWN_MS: shutdownMs })
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.on('error', () => {})
    const head = `POST /api/login HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`
    socket.write(head)
    await new Promise((resolve) => socket.write(' ', resolve))
    await (await service.get('/healthz')).text()
    service.kill('SIGTERM')
    await until(() => service.err.includes('"closing"'))
    if (signals === 2) service.kill('SIGTERM')
    t.equal((await service.exit).code, 1)
    socket.destroy()
  }
})

t.test('version and help', async (t) => {
  t.match(await run(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
  const help = await run(['--help'])
  t.match(help, { code: 0, out: /Examples:/, err: '' })
  t.match(await run(['serve', '--help']), { code: 0, out: /SESSIONS_API_PORT[\s\S]*Examples:/ })
})
