import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'
import { FIXTURE, MAIN } from './process.js'

/** Nothing here takes long, unless the machine is busy with something else. */
const LONG_MS = 120_000
/** Each test starts programs, which takes long on a busy machine. */
t.setTimeout(300_000)

/** More answers than the kernel keeps lines of for a reader: 64 KiB. */
const ANSWERS = 600

/** A program whose output goes into pipes that this test reads, leaves alone or closes. */
class Piped {
  out = ''
  err = ''
  readonly child: ChildProcess
  readonly exit: Promise<number | null>

  constructor(t: Test, script: string, env: Record<string, string>) {
    // As in process.ts: what is shipped runs without the hooks of the test runner.
    this.child = spawn('sh', ['-c', `exec env -u NODE_OPTIONS ${script}`], {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', NODE: process.execPath, MAIN, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.exit = once(this.child, 'exit').then(([code]) => code)
    t.teardown(() => this.child.kill('SIGKILL'))
  }
}

async function serve(t: Test, redirect: string, name: string, env: Record<string, string> = {}) {
  const service = new Piped(t, `"$NODE" "$MAIN" serve ${redirect}`, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: join(t.testdirName, name.replaceAll(/\W+/g, '-')),
    SESSIONS_API_PORT: '0',
    ...env,
  })
  const url = () => /"url":"([^"]+)"/.exec(service.out + service.err)?.[1]
  const ended = service.exit.then((code) => {
    throw new Error(`${name}: the service ended with ${code}: ${service.err}`)
  })
  await Promise.race([
    ended,
    until(() => url() !== undefined && service.out.includes('Ctrl-C'), LONG_MS),
  ])
  ended.catch(() => {})
  return { service, url: url() ?? '' }
}

async function ask(url: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await (await fetch(`${url}/healthz`)).text()
}

const close = ({ child }: Piped) => {
  child.stdout?.destroy()
  child.stderr?.destroy()
}
const stopReading = ({ child }: Piped) => {
  child.stdout?.pause()
  child.stderr?.pause()
}

/** What a reader may do before the service is told to end. */
const READERS: Record<string, (service: Piped, url: string) => Promise<void> | void> = {
  'is gone': close,
  'has stopped reading': async (service, url) => {
    stopReading(service)
    await ask(url, ANSWERS)
  },
  'has stopped reading, and then left': async (service, url) => {
    stopReading(service)
    await ask(url, ANSWERS)
    close(service)
  },
  'leaves at the same moment': (service) => {
    setImmediate(() => close(service))
  },
}

t.test('serve ends after a signal, whatever its reader does', async (t) => {
  ownFolder(t)
  const cases = Object.entries(READERS).map(async ([name, act], at) => {
    // Both outputs into one pipe, as `serve 2>&1 | tee log` has it, or each into its own.
    const { service, url } = await serve(t, at % 2 === 0 ? '2>&1' : '', name)
    await act(service, url)
    service.child.kill('SIGINT')
    t.equal(await service.exit, 0, name)
  })
  await Promise.all(cases)
})

t.test('serve goes on without a reader, answers, and leaves nothing behind', async (t) => {
  const temporary = ownFolder(t, { tmp: {} })
  const { service, url } = await serve(t, '2>&1', 'demo', {
    OPENCLAW_STATE_DIR: '',
    SESSIONS_API_DEMO: '1',
    TMPDIR: join(temporary, 'tmp'),
  })
  close(service)
  await ask(url, 50)
  service.child.kill('SIGTERM')
  t.equal(await service.exit, 0)
  t.strictSame(await readdir(join(temporary, 'tmp')), [])
})

t.test('serve without a reader of its start screen goes on', async (t) => {
  const service = new Piped(t, '"$NODE" "$MAIN" serve', {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
    SESSIONS_API_PORT: '0',
  })
  service.child.stdout?.destroy()
  const url = () => /"url":"([^"]+)"/.exec(service.err)?.[1]
  await until(() => url() !== undefined, LONG_MS)
  await ask(url() ?? '', 5)
  service.child.kill('SIGTERM')
  t.equal(await service.exit, 0)
})

t.test('the whole log is written when somebody reads it, also to a file', async (t) => {
  const dir = ownFolder(t)
  const file = join(dir, 'log')
  const { service, url } = await serve(t, '', 'read')
  await ask(url, ANSWERS)
  service.child.kill('SIGTERM')
  t.equal(await service.exit, 0)
  await until(() => service.err.endsWith('"closed"}\n'), LONG_MS)
  t.equal(service.err.match(/"answered"/g)?.length, ANSWERS)
  const filed = new Piped(t, `"$NODE" "$MAIN" serve --quiet 2>'${file}'`, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: join(dir, 'data'),
    SESSIONS_API_PORT: '0',
  })
  await until(async () => (await stat(file).catch(() => null))?.size !== 0, LONG_MS)
  filed.child.kill('SIGTERM')
  t.equal(await filed.exit, 0)
})

/** By what is printed where nobody reads it, as `| head` leaves it. */
const COMMANDS = ['list --all-agents', 'export agent:main:main', 'history agent:main:main --follow']

t.test('commands whose reader leaves end with 0, and leave nothing behind', async (t) => {
  const dir = ownFolder(t)
  const cases = COMMANDS.map(async (command, at) => {
    const temporary = join(dir, String(at))
    await mkdir(temporary)
    const program = new Piped(t, `"$NODE" "$MAIN" ${command} --demo`, {
      TMPDIR: temporary,
      SESSIONS_API_DATA_DIR: join(dir, `data${at}`),
      SESSIONS_API_DEMO_STEP_MS: '200',
    })
    program.child.stdout?.destroy()
    t.equal(await program.exit, 0, command)
    t.notMatch(program.err, /\n +at /, 'no stack')
    t.strictSame(await readdir(temporary), [], `${command} leaves nothing behind`)
  })
  await Promise.all(cases)
})

t.test('output that cannot be written is one sentence, and 1', async (t) => {
  for (const command of ['list --all-agents', 'export agent:main:main']) {
    const program = new Piped(t, `"$NODE" "$MAIN" ${command} >/dev/full`, {
      OPENCLAW_STATE_DIR: FIXTURE,
      SESSIONS_API_DATA_DIR: ownFolder(t),
    })
    t.equal(await program.exit, 1)
    await until(() => program.err.includes('ENOSPC'), LONG_MS)
    t.notMatch(program.err, /\n +at /, 'no stack')
  }
})

t.test('remarks that nobody reads change no exit code', async (t) => {
  const program = new Piped(t, '"$NODE" "$MAIN" list --agent none-such', {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  program.child.stderr?.destroy()
  const code = await program.exit
  t.ok(code === 0 || code === 1, String(code))
})
