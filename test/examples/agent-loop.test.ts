import { type ChildProcess, spawn } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { until } from '../until.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const TOKEN = 'a-secret-of-the-host'
const KEY = 'agent:main:main'

interface Said {
  readonly content: readonly { readonly text: string }[]
}

interface Host {
  readonly lines: string[]
  readonly url: string
  say(text: string): void
  /** Until the program has printed a line. */
  seen(line: string): Promise<unknown>
  control(action: string): Promise<unknown>
  audit(): Promise<unknown>
  row(): Promise<{ status: string; statusReason: string }>
  /** Texts of the newest messages of a session. */
  texts(key?: string): Promise<string[]>
  kill(): Promise<void>
}

/** The example as a process of its own, on a copy of a real state directory. */
async function startHost(t: Test, dir: string): Promise<Host> {
  const child = spawn(process.execPath, [join(root, 'examples/agent-loop.mjs')], {
    env: {
      ...process.env,
      HOST_TOKEN: TOKEN,
      STATE_DIR: join(dir, 'state'),
      DATA_DIR: join(dir, 'data'),
      STEP_MS: '30',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => end(child))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await until(() => lines.length > 0)
  const [url = ''] = lines
  const session = `sessions/${encodeURIComponent(KEY)}`
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    return (await fetch(`${url}/api/${path}`, { ...init, headers })).json()
  }
  return {
    lines,
    url,
    say: (text) => child.stdin.write(`${text}\n`),
    seen: (line) => until(() => lines.includes(line)),
    control: (action) =>
      call(`${session}/control`, { method: 'POST', body: JSON.stringify({ action }) }),
    audit: () => call('audit'),
    row: async () =>
      ((await call(session)) as { session: { status: string; statusReason: string } }).session,
    texts: async (key = KEY) => {
      const path = `${encodeURIComponent(key)}/history?limit=1000`
      const { messages } = (await call(`sessions/${path}`)) as { messages: Said[] }
      return messages.map(({ content }) => content.map(({ text }) => text).join(''))
    },
    kill: () => end(child),
  }
}

const end = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.on('exit', () => resolve()).kill('SIGKILL')
  })

async function open(t: Test): Promise<{ dir: string; host: Host }> {
  const dir = t.testdir()
  await cp(join(root, 'fixtures/openclaw-2026.4.21'), join(dir, 'state'), { recursive: true })
  return { dir, host: await startHost(t, dir) }
}

const long = (word: string) => Array.from({ length: 200 }, (_, n) => `${word}${n}`).join(' ')

t.test(
  'the loop is paused, resumed and stopped between its steps; the next turn waits',
  async (t) => {
    const { host } = await open(t)
    host.say(long('a'))
    await host.seen('step a0')
    t.match(await host.control('pause'), { outcome: 'paused' })
    const steps = host.lines.length
    host.say('b')
    await until(async () => /A turn waits/.test((await host.row()).statusReason))
    t.equal(host.lines.length, steps, 'nothing moves')
    const done = host.lines.filter((line) => line.startsWith('step a')).length
    t.equal(
      (await host.texts()).filter((text) => /^a\d+$/.test(text)).length,
      done,
      'nor is written',
    )
    t.match(await host.row(), { status: 'paused' })
    t.match(await host.control('resume'), { outcome: 'resumed' })
    await until(() => host.lines.length > steps)
    t.match(await host.control('stop'), { outcome: 'stopped' })
    await host.seen('done b')
    t.match(
      host.lines.filter((line) => line.startsWith('ended a')),
      [/: stop$/],
    )
  },
)

t.test('a kill aborts the step, takes the sub-agent along and clears the line', async (t) => {
  const { host } = await open(t)
  host.say('@helper')
  host.say('later')
  await until(async () => {
    const { status, statusReason } = await host.row()
    return status === 'running' && /A turn waits/.test(statusReason)
  })
  await host.seen('begin agent:main:subagent:helper')
  t.match(await host.control('kill'), {
    outcome: 'killed',
    note: 'A turn that waited was cleared.',
  })
  await host.seen('cleared later: run_stopped')
  t.match(await host.row(), { status: 'killed' })
  t.match(await host.texts('agent:main:subagent:helper'), ['a task for helper'])
  t.match(await host.audit(), {
    entries: [{ action: 'kill', killedSessions: [KEY, 'agent:main:subagent:helper'] }],
  })
  host.say('fail')
  await host.seen('failed fail: Error: the tool broke')
  await until(async () => (await host.row()).status === 'failed')
})

t.test('a pause outlives a crash of the host', async (t) => {
  const { dir, host } = await open(t)
  t.match(await host.control('pause'), { outcome: 'paused' })
  await host.kill()
  const again = await startHost(t, dir)
  t.match(await again.row(), { status: 'paused', statusReason: /Paused by local/ })
  again.say('hello')
  await until(async () => /A turn waits/.test((await again.row()).statusReason))
  t.notOk(again.lines.includes('begin hello'))
  t.match(await again.control('resume'), { outcome: 'resumed' })
  await again.seen('done hello')
})
