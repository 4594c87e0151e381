import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../until.js'
import { ownDirectory, reading } from './directory.js'
import { Program, run, Service } from './process.js'

const MAIN = 'agent:main:main'
const FILE = 'agents/main/sessions/72500bd6-0840-4068-ae2c-d1bd63c64901.jsonl'

/** A line as a gateway appends it; without a parent it follows the line before it. */
const said = (id: string, text: string) => {
  const message = { role: 'user', content: [{ type: 'text', text }], timestamp: Date.now() }
  return `${JSON.stringify({ type: 'message', id, timestamp: new Date().toISOString(), message })}\n`
}

interface Told {
  readonly type: string
  readonly id: string
  readonly data: {
    readonly messageSeq?: number
    readonly message?: { content: { text: string }[] }
  }
}

const toldBy = ({ out }: Program): Told[] =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

t.test('the newest messages, ascending', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['history', 'main', '--limit', '3', '--json', ...at])
  t.equal(code, 0)
  const page = JSON.parse(out)
  t.match(page, { sessionKey: MAIN, messages: [{}, {}, {}], hasMore: true })
  const seqs = page.messages.map((m: { __openclaw: { seq: number } }) => m.__openclaw.seq)
  t.strictSame(
    seqs,
    [...seqs].sort((a, b) => a - b),
  )
  t.notMatch(out, '"toolResult"')
  const withTools = await run(['history', MAIN, '--limit', '1000', '--tools', '--json', ...at])
  t.match(withTools.out, '"toolResult"')
  const text = await run(['history', MAIN, '--limit', '2', ...at])
  t.match(text.out, /^(user|assistant|system) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d #\d+\n/)
  t.notOk(text.out.includes('\u001b'))
  t.match(await run(['history', 'agent:main:nowhere', ...at]), { code: 1, err: /not found/ })
})

t.test('followed in this process, what is appended is printed, until Ctrl-C', async (t) => {
  const { flags, state } = await ownDirectory(t)
  const follower = new Program(['history', MAIN, '--follow', '--limit', '1', '--json', ...flags])
  t.teardown(() => follower.kill('SIGKILL'))
  await until(() => follower.out.includes('"history"'))
  await appendFile(join(state, FILE), said('new-1', 'is anybody there?'))
  await until(() => follower.out.includes('is anybody there?'))
  follower.kill('SIGINT')
  t.match(await follower.exit, { code: 0, err: '' })
})

t.test(
  'followed over HTTP, a restart of the service is bridged without gap or repeat',
  async (t) => {
    const { env, state } = await ownDirectory(t)
    const fixed = { ...env, SESSIONS_API_TOKEN: 'a-token-that-survives-restarts-0123456789' }
    const service = await Service.start(t, fixed)
    const { port } = new URL(service.url)
    const at = ['--url', service.url, '--token', fixed.SESSIONS_API_TOKEN]
    const follower = new Program(['history', MAIN, '--follow', '--limit', '1', '--json', ...at])
    t.teardown(() => follower.kill('SIGKILL'))
    await until(() => follower.out.includes('"history"'))
    await appendFile(join(state, FILE), said('r-1', 'before'))
    await until(() => follower.out.includes('before'))
    service.kill('SIGKILL')
    await service.exit
    await until(() => follower.err.includes('The connection is lost'))
    await appendFile(join(state, FILE), said('r-2', 'while it was away'))
    await Service.start(t, { ...fixed, SESSIONS_API_PORT: port })
    await until(() => follower.out.includes('while it was away'))
    await appendFile(join(state, FILE), said('r-3', 'after'))
    await until(() => follower.out.includes('"after"'))
    const texts = toldBy(follower)
      .filter(({ type }) => type === 'message')
      .map(({ data }) => data.message?.content[0]?.text)
    t.strictSame(texts, ['before', 'while it was away', 'after'])
    t.equal(toldBy(follower).filter(({ type }) => type === 'history').length, 1)
    t.match(follower.err, 'The connection is back.')
    follower.kill('SIGINT')
    t.match(await follower.exit, { code: 0 })
  },
)

t.test('what a service refuses for good ends a follower', async (t) => {
  const { env } = await ownDirectory(t)
  const service = await Service.start(t, env)
  const at = ['--url', service.url]
  t.match(await run(['history', MAIN, '--follow', ...at, '--token', 'wrong']), { code: 1, out: '' })
  const unknown = ['history', 'agent:main:nowhere', '--follow', ...at, '--token', service.token]
  t.match(await run(unknown), { code: 1, err: /not found/, out: '' })
})
