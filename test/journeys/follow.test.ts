import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EventSource } from 'eventsource'
import t, { type Test } from 'tap'
import { FIXTURE, runProcess as run, Service } from '../cli/process.js'
import { beforeDeadline, RawStream } from '../http/sse-client.js'
import { ownFolder } from '../own-folder.js'

const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
const KEY = encodeURIComponent('agent:work:main')
const FOLLOW = `/sessions/${KEY}/history?follow=1&limit=1`
const FILE = 'agents/work/sessions/2c308ab7-2e72-41e7-ba67-aaaae6c8c448.jsonl'

/** A copy of a gateway's state directory, and what a service needs to come back at the same place. */
async function place(t: Test) {
  const dir = ownFolder(t)
  const stateDir = join(dir, 'state')
  await cp(FIXTURE, stateDir, { recursive: true })
  const env = {
    OPENCLAW_STATE_DIR: stateDir,
    SESSIONS_API_DATA_DIR: join(dir, 'data'),
    SESSIONS_API_TOKEN: TOKEN,
    SESSIONS_API_CORS_ORIGINS: 'http://dashboard.example',
  }
  return { env, transcript: join(stateDir, FILE) }
}

/** Appends messages from a process of its own, as a gateway beside this service does. */
function appendElsewhere(path: string, texts: readonly string[]) {
  const script = `
    const { appendFileSync } = require('node:fs')
    for (const text of ${JSON.stringify(texts)}) {
      const message = { role: 'user', content: text, timestamp: Date.now() }
      const line = { type: 'message', id: 'id-' + text, timestamp: new Date().toISOString(), message }
      appendFileSync(process.argv[1], JSON.stringify(line) + '\\n')
    }`
  execFileSync(process.execPath, ['-e', script, path], { env: { PATH: process.env.PATH } })
}

const open = (url: string, lastEventId?: string) =>
  RawStream.open(url + FOLLOW, {
    authorization: `Bearer ${TOKEN}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  })

async function nextTexts(stream: RawStream, count: number) {
  const events = []
  while (events.length < count) events.push(await stream.event())
  return { texts: events.map((event) => contentOf(event)), lastId: events.at(-1)?.id ?? '' }
}

function contentOf(event: Awaited<ReturnType<RawStream['event']>>) {
  return event.type === 'message' ? event.data.message.content : event.type
}

t.test('a resume after a crash brings exactly what was missed; a rewrite is a reset', async (t) => {
  const { env, transcript } = await place(t)
  const first = await Service.start(t, env)
  const stream = await open(first.url)
  t.equal((await stream.event()).type, 'history')
  appendElsewhere(transcript, ['one', 'two', 'three'])
  const live = await nextTexts(stream, 3)
  t.same(live.texts, ['one', 'two', 'three'], 'each appended line once, in order')
  first.kill('SIGKILL')
  await first.exit
  appendElsewhere(transcript, ['four', 'five', 'six'])

  const second = await Service.start(t, env)
  const resumed = await open(second.url, live.lastId)
  const missed = await nextTexts(resumed, 3)
  t.same(missed.texts, ['four', 'five', 'six'], 'exactly what was appended while it was down')
  appendElsewhere(transcript, ['seven'])
  t.same((await nextTexts(resumed, 1)).texts, ['seven'], 'and nothing of it again')

  const lines = (await readFile(transcript, 'utf8')).split('\n')
  await writeFile(transcript, [...lines.slice(0, 6), ...lines.slice(8)].join('\n'))
  t.match(await resumed.event(), { type: 'reset', data: { reason: /rewritten|truncated/ } })
  t.equal((await resumed.event()).type, 'history')
  const late = await open(second.url, missed.lastId)
  t.equal((await late.event()).type, 'reset', 'who comes back with an old place is told too')
  await Promise.all([stream.close(), resumed.close(), late.close()])
})

t.test("a browser's way: preflight, ticket, a restart, a revocation", async (t) => {
  const { env, transcript } = await place(t)
  const made = await run(['tokens', 'create', '--name', 'page', '--agent', 'work'], { env })
  const token = made.out.trim()
  const first = await Service.start(t, env)
  const origin = 'http://dashboard.example'
  const preflight = await fetch(`${first.url}/api/stream-tickets`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  t.equal(preflight.headers.get('access-control-allow-origin'), origin)
  t.match(preflight.headers.get('access-control-allow-headers'), /authorization/)
  const asked = await fetch(`${first.url}/api/stream-tickets`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path: FOLLOW }),
  })
  const { ticket } = (await asked.json()) as { ticket: string }
  const source = new EventSource(`${first.url}${FOLLOW}&ticket=${encodeURIComponent(ticket)}`)
  t.teardown(() => source.close())
  const seen: string[] = []
  source.addEventListener('message', ({ data }) => seen.push(JSON.parse(data).message.content))
  await beforeDeadline(once(source, 'history'), 'the first page')
  appendElsewhere(transcript, ['one'])
  await beforeDeadline(once(source, 'message'), 'the first message')

  const port = new URL(first.url).port
  first.kill('SIGTERM')
  await first.exit
  appendElsewhere(transcript, ['two'])
  // Before the start: the page may be back before this process hears that the service is.
  const missed = once(source, 'message')
  await Service.start(t, { ...env, SESSIONS_API_PORT: port })
  await beforeDeadline(missed, 'what was missed')
  appendElsewhere(transcript, ['three'])
  await beforeDeadline(once(source, 'message'), 'what came after')
  t.same(seen, ['one', 'two', 'three'])

  const lost = once(source, 'error')
  await run(['tokens', 'revoke', 'page'], { env })
  await beforeDeadline(lost, 'the end')
})
