import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import t from 'tap'
import { reading } from './directory.js'
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

t.test('every message of a transcript, in each format, here and from a service', async (t) => {
  const at = reading(t)
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: t.testdir(),
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
  t.equal(markdown.out.match(/^## \d+\. /gm)?.length, messages.length)
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

const MESSAGES = 40_000
const LINE_BYTES = 3000
/** A node with this program takes some 100 MB; the transcript is larger than the rest. */
const MAX_MEMORY_KB = 230_000

t.test('a transcript larger than its memory', { skip: process.platform !== 'linux' }, async (t) => {
  const dir = t.testdir({ state: { agents: { main: { sessions: {} } } }, data: {} })
  const sessions = join(dir, 'state/agents/main/sessions')
  const entry = {
    sessionId: 'large',
    updatedAt: Date.now(),
    sessionFile: join(sessions, 'large.jsonl'),
  }
  await writeFile(join(sessions, 'sessions.json'), JSON.stringify({ 'agent:main:main': entry }))
  const file = createWriteStream(join(sessions, 'large.jsonl'))
  const timestamp = new Date().toISOString()
  file.write(
    `${JSON.stringify({ type: 'session', version: 3, id: 'large', timestamp, cwd: '/' })}\n`,
  )
  for (let seq = 1; seq <= MESSAGES; seq++) {
    const text = `${seq} `.padEnd(LINE_BYTES, 'x')
    const message = {
      role: seq % 2 === 1 ? 'user' : 'assistant',
      content: [{ type: 'text', text }],
    }
    const line = {
      type: 'message',
      id: `m${seq}`,
      parentId: seq === 1 ? null : `m${seq - 1}`,
      timestamp,
      message,
    }
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)

  const flags = ['--state-dir', join(dir, 'state'), '--data-dir', join(dir, 'data')]
  const program = new Program(['export', 'main', ...flags])
  let seen = 0
  let rest = ''
  program.child.stdout?.removeAllListeners('data').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      seen++
      if (JSON.parse(line).__openclaw.seq !== seen) throw new Error(`${seen} is missing`)
    }
  })
  let peakKb = 0
  const look = setInterval(async () => {
    const status = await readFile(`/proc/${program.child.pid}/status`, 'utf8').catch(() => '')
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0))
  }, 50)
  t.match(await program.exit, { code: 0, err: '' })
  clearInterval(look)
  t.equal(seen, MESSAGES)
  t.ok(peakKb > 0 && peakKb < MAX_MEMORY_KB, `${peakKb} kB for ${(MESSAGES * LINE_BYTES) / 1e6} MB`)
})
