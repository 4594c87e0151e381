import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { ownFolder } from '../own-folder.js'
import { FIXTURE_5, reading } from './directory.js'
import { FIXTURE, Program, run, Service } from './process.js'

interface Exported {
  readonly role: string
  readonly content: unknown
  readonly __openclaw: { readonly seq: number }
}

const linesOf = (out: string): Exported[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A heading of the export with nothing below it but the next one, or the end. */
const EMPTY_SECTION = /^## \d+\. .*\n\s*(## \d+\. |$(?![\s\S]))/m

t.test('as markdown, no session of a real directory has an empty section', async (t) => {
  const data = ownFolder(t)
  for (const state of [FIXTURE, FIXTURE_5]) {
    const at = ['--state-dir', state, '--data-dir', data]
    const list = await run(['list', '--all-agents', '--json', ...at])
    for (const { key } of JSON.parse(list.out).sessions) {
      const { out } = await run(['export', key, '--format', 'markdown', ...at])
      t.match(out, /^# /)
      t.notMatch(out, EMPTY_SECTION, key)
    }
  }
})

t.test('every message of a transcript, in each format, here and from a service', async (t) => {
  const at = reading(t)
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const page = await service.get('/sessions/main/history?limit=1000&includeTools=1&maxChars=500000')
  const { messages } = (await page.json()) as { messages: unknown[] }
  const jsonl = await run(['export', 'main', ...at])
  t.match(jsonl, { code: 0, err: '' })
  t.strictSame(linesOf(jsonl.out), messages)
  const json = await run(['export', 'main', '--format', 'json', ...at])
  t.strictSame(JSON.parse(json.out).messages, messages)
  t.match(JSON.parse(json.out).session, { key: 'agent:main:main' })
  const markdown = await run(['export', 'main', '--format', 'markdown', ...at])
  t.match(markdown.out, /^# \S.*\n\n`agent:main:main` · `72500bd6-/)
  t.equal(markdown.out.match(/^## \d+\. /gm)?.length, messages.length, 'failed ones too')
  t.match(markdown.out, /^## 30\. assistant, .*\n\nFailed: 500 mock failure$/m)
  t.notMatch(markdown.out, EMPTY_SECTION)
  const there = ['--url', service.url, '--token', service.token]
  t.equal((await run(['export', 'main', ...there])).out, jsonl.out)
  const redacted = await run(['export', 'main', '--redact', '--format', 'json', ...at])
  const fromThere = await run(['export', 'main', '--redact', '--format', 'json', ...there])
  t.strictSame(JSON.parse(fromThere.out).messages, JSON.parse(redacted.out).messages)
})

t.test('redacted: no word of a message or tool comes out', async (t) => {
  const at = reading(t)
  const { code, out } = await run(['export', 'main', '--redact', ...at])
  t.equal(code, 0)
  for (const { content } of linesOf(out)) {
    const texts =
      typeof content === 'string'
        ? [content]
        : ((content ?? []) as { text?: string }[]).map(({ text }) => text ?? '[redacted]')
    for (const text of texts) t.equal(text, '[redacted]')
  }
  t.notMatch(out, 'HEARTBEAT')
})

t.test('what does not work', async (t) => {
  const at = reading(t)
  t.match(await run(['export', 'nowhere', ...at]), { code: 1, out: '', err: /not found/ })
  t.match(await run(['export', 'main', '--format', 'pdf', ...at]), {
    code: 2,
    err: /jsonl, json, markdown/,
  })
})

t.test('a service that breaks off: what came out, one sentence and exit code 1', async (t) => {
  const server = createServer((request, response) => {
    if (!request.url?.includes('/export')) response.end('{"transcript":{"bytes":100}}')
    else response.write('{"role":"user"}\n', () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const { code, err, out } = await run(['export', 'main', '--url', `http://127.0.0.1:${port}`])
  t.equal(code, 1)
  t.equal(out, '{"role":"user"}\n')
  t.match(err, /^error: .* broke off: what came out is not whole, try again\.\n$/)
})

const MESSAGES = 40_000
const LINE_BYTES = 3000
/** A node with this program takes some 100 MB, a service some 130; the transcript is larger than the rest. */
const MAX_MEMORY_KB = 240_000

/** A state directory with one long transcript. */
async function largeDirectory(t: Test) {
  const dir = ownFolder(t, { state: { agents: { main: { sessions: {} } } }, data: {} })
  const sessions = join(dir, 'state/agents/main/sessions')
  const sessionFile = join(sessions, 'large.jsonl')
  const entry = { sessionId: 'large', updatedAt: Date.now(), sessionFile }
  await writeFile(join(sessions, 'sessions.json'), JSON.stringify({ 'agent:main:main': entry }))
  await pipeline(largeTranscript(), createWriteStream(sessionFile))
  return { OPENCLAW_STATE_DIR: join(dir, 'state'), SESSIONS_API_DATA_DIR: join(dir, 'data') }
}

function* largeTranscript(): Generator<string> {
  const timestamp = new Date().toISOString()
  yield `${JSON.stringify({ type: 'session', version: 3, id: 'large', timestamp, cwd: '/' })}\n`
  for (let seq = 1; seq <= MESSAGES; seq++) {
    const content = [{ type: 'text', text: `${seq} `.padEnd(LINE_BYTES, 'x') }]
    const message = { role: seq % 2 === 1 ? 'user' : 'assistant', content }
    const parentId = seq === 1 ? null : `m${seq - 1}`
    yield `${JSON.stringify({ type: 'message', id: `m${seq}`, parentId, timestamp, message })}\n`
  }
}

/** Counts messages that come one after the other; throws when one is missing. */
function counter() {
  const counted = { seen: 0, take }
  let rest = ''
  function take(text: string): void {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines)
      if (JSON.parse(line).__openclaw.seq !== ++counted.seen)
        throw new Error(`${counted.seen} is missing`)
  }
  return counted
}

/** The most memory that a process has had until now. */
async function peakKb({ child }: Program): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

const withProc = { skip: process.platform !== 'linux' && 'memory is read from /proc' }

t.test('a transcript larger than its memory', withProc, async (t) => {
  const env = await largeDirectory(t)
  const program = new Program(['export', 'main'], { env })
  const all = counter()
  let peak = 0
  program.child.stdout?.removeAllListeners('data').on('data', async (text: string) => {
    all.take(text)
    peak = Math.max(peak, await peakKb(program))
  })
  t.match(await program.exit, { code: 0, err: '' })
  t.equal(all.seen, MESSAGES)
  t.ok(peak > 0 && peak < MAX_MEMORY_KB, `${peak} kB for ${(MESSAGES * LINE_BYTES) / 1e6} MB`)
})

t.test('the same from a service', withProc, async (t) => {
  const service = await Service.start(t, await largeDirectory(t))
  const { body } = await service.get('/api/sessions/main/export')
  const all = counter()
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) all.take(text)
  t.equal(all.seen, MESSAGES)
  const peak = await peakKb(service)
  t.ok(peak > 0 && peak < MAX_MEMORY_KB, `${peak} kB for ${(MESSAGES * LINE_BYTES) / 1e6} MB`)
})
