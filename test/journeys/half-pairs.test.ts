import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { run } from '../cli/process.js'
import { type Service, startService } from '../http/service.js'
import { RawStream } from '../http/sse-client.js'
import { ownFolder } from '../own-folder.js'
import { StateDir } from '../stores/openclaw/state-dir.js'
import { recorded } from '../stores/openclaw/trajectory/recording-text.js'
import { until } from '../until.js'
import { Client } from '../ws/client.js'

/** Lengths at which some text is cut: titles, previews, arguments, prompts, labels, history. */
const CUTS = [6, 57, 59, 64, 160, 237, 240, 300, 500, 2000, 8000]

/** Text with pairs, and halves of them if wanted, around a length at which it may be cut. */
const textAround = (halves: boolean) =>
  fc
    .tuple(
      fc.constantFrom(...CUTS),
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.constantFrom('😀', '😀', 'a', ' ', '\\ud83d', ...(halves ? HALVES : [])), {
        minLength: 3,
        maxLength: 8,
      }),
    )
    .map(([cut, before, parts]) => `${'x'.repeat(Math.max(0, cut - before))}${parts.join('')}`)
const HALVES = ['\ud83d', '\ude00']

interface Case {
  readonly halves: boolean
  readonly said: string
  readonly named: string
  readonly maxChars: number
}

const cases = fc.boolean().chain((halves) =>
  fc.record({
    halves: fc.constant(halves),
    said: textAround(halves),
    named: textAround(halves),
    maxChars: fc.constantFrom(...CUTS.flatMap((cut) => [cut, cut + 1])),
  }),
)

/** A pair at each of the cuts, always tried. */
const PAIRS_AT_CUTS = CUTS.flatMap((cut): [Case][] => {
  const said = `${'x'.repeat(cut - 1)}😀😀😀`
  return [[{ halves: false, said, named: said, maxChars: cut }]]
})

/** What was sent, by where it was seen. */
type Seen = { readonly where: string; readonly json: string }

/** A service over files and memory, both with the same sessions. */
async function open(t: Test) {
  const own = ownFolder(t, { state: {}, data: {} })
  const root = join(own, 'state')
  const dir = new StateDir(root)
  const files = openclawFiles({ stateDir: root, homeDir: root, pollMs: 20 })
  t.teardown(() => files.close())
  const store = memoryStore()
  const service = await startService(t, {
    store,
    others: [files],
    managerSettings: FAST,
    directory: join(own, 'data'),
  })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.admin)
  const frames: string[] = []
  client.socket.on('message', (data) => frames.push(String(data)))
  return { dir, files, service, store, client, frames }
}
const FAST = { rowEventIntervalMs: 1, tickMs: 50 }

type House = Awaited<ReturnType<typeof open>>

let written = 0

const lineOf = (id: string, message: object, more: object = {}) =>
  `${JSON.stringify({ type: 'message', id, timestamp: new Date().toISOString(), message, ...more })}\n`

function transcriptOf(sessionId: string, { named, said }: Case): string {
  const text = { type: 'text', text: said }
  const call = { type: 'toolCall', id: 'c1', name: named, arguments: { [named]: said } }
  return [
    `${JSON.stringify({ type: 'session', version: 3, id: sessionId, cwd: `/${named}` })}\n`,
    lineOf('u1', { role: 'user', content: said }, { [named]: said }),
    lineOf('u2', { role: 'user', content: `\`\`\`json\n{"label":"${JSON.stringify(said)}` }),
    lineOf('u3', { role: 'user', content: envelope(named) }),
    lineOf(`a1 ${said}`, {
      role: 'assistant',
      content: [{ type: 'thinking', thinking: said }, text, call],
      model: named,
      provider: named,
      errorMessage: said,
      stopReason: 'toolUse',
    }),
    lineOf('t1', {
      role: 'toolResult',
      toolCallId: 'c1',
      toolName: named,
      content: [text],
      details: { [said]: 1 },
    }),
    `${JSON.stringify({ type: 'compaction', id: 'k1', timestamp: new Date().toISOString(), summary: said })}\n`,
    lineOf('a2', {
      role: 'assistant',
      content: [text],
      [named]: said,
      usage: { input: 1, output: 1 },
    }),
  ].join('')
}

/** JSON inside a text: read again, where its escapes become halves only then. */
const envelope = (label: string) =>
  `Sender (untrusted metadata):\n\`\`\`json\n${JSON.stringify({ label })}\n\`\`\`\n${label}`

/** One session in each store, and everything that is sent about both. */
async function seen(house: House, one: Case): Promise<Seen[]> {
  const { client, dir, frames, service, store } = house
  const n = ++written
  const mark = one.halves ? '\ud83d' : '😀'
  const keys = [`agent:main:files-${n}:${mark}`, `agent:main:memory-${n}:${mark}`] as const
  const { named, said } = one
  const facts = {
    label: `${n}${named}`,
    displayName: said,
    subject: said,
    model: named,
    channel: named,
  }
  const ids = [`files-${n}`, `memory-${n}`] as const
  const updatedAt = Date.now()
  await dir.transcript('main', `${ids[0]}.jsonl`, transcriptOf(ids[0], one))
  const recording = { sessionId: ids[0], traceId: ids[0], sessionKey: keys[0], modelId: named }
  await dir.transcript(
    'main',
    `${ids[0]}.trajectory.jsonl`,
    [1, 2]
      .map((seq) =>
        recorded(seq, { ...recording, data: { prompt: said, [named]: { key: `sk-${named}` } } }),
      )
      .join(''),
  )
  const stored = {
    ...facts,
    sessionId: ids[0],
    updatedAt,
    spawnedWorkspaceDir: `/${named}`,
    modelProvider: named,
    origin: { label: said },
  }
  await dir.store('main', { [keys[0]]: stored })
  store.put(
    { key: keys[1], sessionId: ids[1], updatedAtMs: updatedAt, ...facts },
    transcriptOf(ids[1], one),
  )
  const all: Seen[] = []
  for (const [at, written] of keys.entries()) {
    const key = written.toWellFormed()
    await until(
      async () => (await read(service, 'GET', `/api/sessions/${segment(key)}`)).status === 200,
    )
    all.push(...(await answers(service, key, one)))
    all.push(...(await frameTexts(client, frames, key, one)))
    const append = (text: string) =>
      at === 0
        ? dir.append('main', `${ids[0]}.jsonl`, text)
        : store.append(written.toWellFormed(), text)
    all.push(...(await live(house, key, append, one)))
  }
  store.remove(keys[1].toWellFormed())
  return all
}

const segment = encodeURIComponent

async function read(service: Service, method: string, path: string, payload?: unknown) {
  const headers = {
    ...service.as('admin'),
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const body = payload === undefined ? {} : { payload: JSON.stringify(payload) }
  const answer = await service.app.inject({ method: method as 'GET', url: path, headers, ...body })
  return { status: answer.statusCode, body: answer.body }
}

async function answers(service: Service, key: string, { maxChars, named, said }: Case) {
  const it = `/api/sessions/${segment(key)}`
  const asked: readonly (readonly [string, string, unknown?])[] = [
    ['GET', '/api/sessions?messageLimit=5'],
    ['GET', `/api/sessions?search=${segment(named.toWellFormed())}`],
    ['GET', it],
    ['GET', `${it}/history?includeTools=1&branch=all`],
    ['GET', `${it}/history?includeTools=1&maxChars=${maxChars}`],
    ['GET', `${it}/diagnose`],
    ['GET', `${it}/trajectory?maxChars=${maxChars}`],
    ['GET', `${it}/trajectory?source=transcript`],
    ['POST', `${it}/control`, { action: 'pause', reason: said }],
    ['GET', it],
    ['POST', `${it}/control`, { action: 'resume' }],
    ['POST', `${it}/control`, { action: 'pause', [said]: named }],
    ['POST', `${it}/control`, { action: named }],
    ['PATCH', it, { label: `new ${named}` }],
    ['PATCH', it, { label: null }],
    ['GET', '/api/audit'],
    ['POST', '/api/sessions/cleanup', {}],
    ['GET', `${it}/export?format=json`],
  ]
  const all: Seen[] = []
  for (const [method, path, payload] of asked)
    all.push({
      where: `${method} ${path}`,
      json: (await read(service, method, path, payload)).body,
    })
  const lines = (await read(service, 'GET', `${it}/export?format=jsonl`)).body
  all.push(...jsonLines(`${it}/export?format=jsonl`, lines))
  return all
}

const jsonLines = (where: string, text: string): Seen[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((json) => ({ where, json }))

async function frameTexts(
  client: Client,
  frames: string[],
  key: string,
  { maxChars, named, said }: Case,
) {
  const from = frames.length
  await client.ask('sessions.list', { includeDerivedTitles: true, includeLastMessage: true })
  await client.ask('sessions.describe', {
    key,
    includeDerivedTitles: true,
    includeLastMessage: true,
  })
  await client.ask('sessions.preview', {
    keys: [key],
    maxChars: Math.min(2000, Math.max(20, maxChars)),
  })
  await client.ask('sessions.get', { key })
  await client.ask('chat.history', { sessionKey: key, limit: 20 })
  await client.request('sessions.get', { key, [said]: 1 })
  await client.request('sessions.get', { key: [named] })
  await client.request(named)
  return frames.slice(from).map((json) => ({ where: 'ws', json }))
}

/** What streams say of a session, and of a message that comes while they are open. */
async function live(
  { client, frames, service }: House,
  key: string,
  append: (text: string) => unknown,
  { said, named }: Case,
) {
  const from = frames.length
  const headers = service.as('admin')
  const history = await RawStream.open(
    `${service.url}/sessions/${segment(key)}/history?follow=1`,
    headers,
  )
  const events = await RawStream.open(`${service.url}/api/events?messages=${segment(key)}`, headers)
  await client.ask('sessions.messages.subscribe', { key })
  const all = await blocksUntil(history, /^event: history$/m)
  await append(
    lineOf(`new ${named}`, {
      role: 'assistant',
      content: [{ type: 'text', text: said }],
      model: named,
    }),
  )
  all.push(...(await blocksUntil(history, /^event: message$/m)))
  all.push(...(await blocksUntil(events, /^event: session\.message$/m)))
  await until(() => frames.slice(from).some((frame) => frame.includes('"event":"session.message"')))
  await client.ask('sessions.messages.unsubscribe', { key })
  await history.close()
  await events.close()
  return [...all, ...frames.slice(from).map((json) => ({ where: 'ws, live', json }))]
}

async function blocksUntil(stream: RawStream, last: RegExp): Promise<Seen[]> {
  const all: Seen[] = []
  for (;;) {
    const block = await stream.block()
    if (block === null) throw new Error('the stream ended')
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data !== undefined) all.push({ where: 'sse', json: data })
    if (last.test(block)) return all
  }
}

/** What a strict parser refuses. */
function hasHalf(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, member]) => !name.isWellFormed() || hasHalf(member))
}

t.test('no answer holds half a pair, whatever is stored and wherever it is cut', async (t) => {
  const house = await open(t)
  let count = 0
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      for (const { json, where } of await seen(house, one)) {
        count += 1
        if (hasHalf(JSON.parse(json))) throw new Error(`${where}: ${json}`)
        // The log of actions holds what other cases had.
        if (!one.halves && !where.endsWith('/api/audit') && json.includes('\ufffd'))
          throw new Error(`${where} changed: ${json}`)
      }
    }),
    {
      numRuns: 20,
      examples: PAIRS_AT_CUTS,
      interruptAfterTimeLimit: 120_000,
      markInterruptAsFailure: true,
    },
  )
  t.ok(count > 500, `${count} answers, events and frames`)
})

t.test('nor do bundles and the command line', async (t) => {
  const own = ownFolder(t, { state: {}, data: {}, workspace: {} })
  const dir = new StateDir(join(own, 'state'))
  const said = `${'x'.repeat(159)}😀 \ud83d 😀`
  const secret = `TOKEN=${'y'.repeat(5)}😀zzzzzzzzzzzzzz😀aaa ${dir.root}/${'z'.repeat(16_384)}😀`
  const one = { halves: true, said, named: said, maxChars: 160 }
  const [key, id] = ['agent:main:room:\ud83d', 'room']
  await dir.transcript('main', `${id}.jsonl`, transcriptOf(id, one))
  const data = { prompt: `${secret.repeat(4)}${said}`, [said]: said }
  const recording = recorded(1, { sessionId: id, traceId: id, sessionKey: key, data })
  await dir.transcript('main', `${id}.trajectory.jsonl`, recording)
  const entry = { sessionId: id, updatedAt: Date.now(), label: said, displayName: said }
  await dir.store('main', { [key]: entry })
  const at = ['--state-dir', dir.root, '--data-dir', join(own, 'data')]
  const known = key.toWellFormed()
  for (const args of [['list'], ['show', known], ['history', known], ['diagnose', known]]) {
    const { code, err, out } = await run([...args, '--json', ...at])
    t.match({ code, err }, { code: 0, err: '' }, args.join(' '))
    t.notOk(hasHalf(JSON.parse(out)), args.join(' '))
  }
  const workspace = join(own, 'workspace')
  const made = await run([
    'export-trajectory',
    '--session-key',
    known,
    '--workspace',
    workspace,
    '--json',
    ...at,
  ])
  t.match(made, { code: 0, err: '' })
  const { files, outputDir } = JSON.parse(made.out)
  for (const name of files) {
    const text = await readFile(join(outputDir, name), 'utf8')
    const isJson = name.endsWith('.json')
    const all = isJson ? [{ json: text }] : name.endsWith('.jsonl') ? jsonLines(name, text) : []
    for (const { json } of all) t.notOk(hasHalf(JSON.parse(json)), name)
  }
})

t.test('a write leaves halves as they are stored', async (t) => {
  const { dir, service } = await open(t)
  const key = 'agent:main:room:\ud83d'
  const entry = { sessionId: 'room', updatedAt: Date.now(), subject: 'a \ude00 b' }
  await dir.store('main', { [key]: entry, 'agent:main:other': { sessionId: 'other' } })
  const path = `/api/sessions/${segment(key.toWellFormed())}`
  await until(async () => (await read(service, 'GET', path)).status === 200)
  const answer = await read(service, 'PATCH', path, { label: 'renamed' })
  t.equal(answer.status, 200)
  const stored = JSON.parse(await readFile(dir.file('main', 'sessions.json'), 'utf8'))
  t.match(stored[key], { ...entry, updatedAt: Number, label: 'renamed' })
})
