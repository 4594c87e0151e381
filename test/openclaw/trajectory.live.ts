import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { FIXTURE_5 } from '../cli/directory.js'
import { runProcess as run } from '../cli/process.js'
import { until } from '../until.js'
import { GatewayProcess } from './gateway-process.js'
import { ModelServer } from './model-server.js'
import { jsonOf, openclawCli } from './openclaw-cli.js'
import { testedRelease } from './release.js'
import { makeSession, send } from './turn.js'

const release = testedRelease()
if (release.version !== '2026.5.28') {
  t.pass('bundles are those of 2026.5.28: others hide other things, or write none')
  process.exit(0)
}

/** What two bundles of one session may not agree on: when they were made. */
const TIME = /"generatedAt": "[^"]*"/

/** A home with its state directory and a workspace. */
interface Home {
  readonly home: string
  readonly stateDir: string
  readonly workspace: string
}

/** Exports a session with both programs, and compares what they say and every file. */
async function compare(t: Test, home: Home, key: string): Promise<{ types: Set<string> }> {
  const { stateDir, workspace } = home
  const name = key.replaceAll(/\W/g, '-')
  const command = ['export-trajectory', '--session-key', key, '--workspace', workspace, '--json']
  const openclaw = openclawCli(release, home.home)
  const theirs = jsonOf(await openclaw('sessions', ...command, '--output', `theirs-${name}`))
  const flags = ['--state-dir', stateDir, '--data-dir', t.testdir(), '--gateway-url', 'off']
  const finished = await run([...command, '--output', `ours-${name}`, ...flags], {
    env: { HOME: home.home },
  })
  t.equal(finished.code, 0, finished.err)
  const ours = JSON.parse(finished.out)
  const renamed = JSON.parse(JSON.stringify(theirs).replaceAll(`theirs-${name}`, `ours-${name}`))
  t.strictSame(ours, renamed, `${key}: what is said`)
  t.strictSame(Object.keys(ours), Object.keys(theirs))
  const theirsDir = String(theirs.outputDir)
  t.strictSame(await readdir(ours.outputDir), await readdir(theirsDir), `${key}: the files`)
  for (const file of await readdir(ours.outputDir)) {
    const [own, other] = [join(ours.outputDir, file), join(theirsDir, file)]
    t.equal(await plain(own), await plain(other), `${key}: ${file}`)
    t.equal((await stat(own)).mode, (await stat(other)).mode, `${key}: mode of ${file}`)
  }
  const events = await readFile(join(ours.outputDir, 'events.jsonl'), 'utf8')
  return {
    types: new Set([...events.matchAll(/"type":"([a-z_]+\.[a-z_]+)"/g)].map(([, at]) => at ?? '')),
  }
}

const plain = async (path: string) => (await readFile(path, 'utf8')).replace(TIME, '')

/** A home without a gateway. */
async function makeHome(t: Test): Promise<Home> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const [stateDir, workspace] = [join(home, '.openclaw'), join(home, 'ws')]
  await mkdir(stateDir)
  await mkdir(workspace)
  return { home, stateDir, workspace }
}

t.test('real turns: an answer, a tool call, a failure, an abort', async (t) => {
  const model = await ModelServer.start(t)
  const gateway = await GatewayProcess.start(t, release, model)
  const client = await gateway.connect(t)
  const { stateDir } = gateway
  const home = {
    home: dirname(stateDir),
    stateDir,
    workspace: join(dirname(stateDir), 'workspace'),
  }
  const sessions = join(stateDir, 'agents/main/sessions')
  const recorded = async () => {
    const names = (await readdir(sessions)).filter((name) => name.endsWith('.trajectory.jsonl'))
    const texts = await Promise.all(names.map((name) => readFile(join(sessions, name), 'utf8')))
    return texts.join('').split('"type":"session.ended"').length - 1
  }
  const key = await makeSession(client, 'bundle')
  let ended = 0
  for (const words of ['QUICK', 'ECHO', 'FAIL', 'QUICK']) {
    await send(client, key, words)
    // A turn that fails is tried again: what counts is that something more was recorded.
    await until(async () => (await recorded()) > ended, 60_000)
    ended = await recorded()
    await until(async () => !(await isRunning()), 60_000)
  }
  const other = await makeSession(client, 'aborted')
  await send(client, other, 'SLOW')
  await until(() => model.streaming.has('SLOW'), 60_000)
  await client.request('sessions.abort', { key: other })
  await until(async () => !(await isRunning()) && (await recorded()) > ended, 60_000)

  async function isRunning(): Promise<boolean> {
    const list = (await client.request('sessions.list', {})) as {
      sessions: { hasActiveRun?: boolean }[]
    }
    return list.sessions.some(({ hasActiveRun }) => hasActiveRun)
  }

  const { types } = await compare(t, home, key)
  for (const type of [
    'context.compiled',
    'prompt.submitted',
    'model.completed',
    'session.ended',
    'user.message',
    'assistant.message',
    'tool.call',
    'tool.result',
  ])
    t.ok(types.has(type), `the bundle has ${type}`)
  await compare(t, home, other)
})

t.test('every session of a real store', async (t) => {
  const home = await makeHome(t)
  await cp(FIXTURE_5, home.stateDir, { recursive: true })
  const sessions = join(home.stateDir, 'agents/research/sessions')
  for (const name of await readdir(sessions)) {
    // Recorded paths are of another machine: OpenClaw looks nowhere else.
    const text = await readFile(join(sessions, name), 'utf8')
    await writeFile(join(sessions, name), text.replaceAll('/home/openclaw', home.home))
  }
  const store = JSON.parse(await readFile(join(sessions, 'sessions.json'), 'utf8'))
  const names = await readdir(sessions)
  const keys = Object.entries<{ sessionId?: string }>(store)
    .filter(([, { sessionId }]) => names.includes(`${sessionId}.jsonl`))
    .map(([key]) => key)
  t.ok(keys.length > 5)
  for (const key of keys) await compare(t, home, key)
})

t.test('files that nobody would write', async (t) => {
  const home = await makeHome(t)
  const sessions = join(home.stateDir, 'agents/main/sessions')
  await mkdir(sessions, { recursive: true })
  const hostile: Record<string, readonly [transcript: string, recording: string | null]> = {
    secrets: [transcriptOf(secretMessages(home)), recordingOf('secrets', secretMessages(home))],
    broken: [
      `{"torn\n\n${transcriptOf(['a', 'b'])}{"type":"message"}\r\n{"type":"custom","id":7}\n{"end`,
      `{"torn\n{"a":1}\n${recordingOf('other', ['x'])}${recordingOf('broken', ['y'])}{"end`,
    ],
    ring: [HEADER + line('a', 'c', 'one') + line('b', 'a', 'two') + line('c', 'b', 'three'), null],
    parentless: [HEADER + line('b', 'gone', 'one') + line('c', 'b', 'two'), ''],
    headless: [line('b', 'gone', 'one') + line('a', 'c', 'two') + line('c', null, 'three'), null],
    old: [OLD, null],
    kinds: [KINDS, null],
    empty: ['', null],
  }
  const store: Record<string, object> = {}
  for (const [id, [transcript, recording]] of Object.entries(hostile)) {
    store[`agent:main:${id}`] = { sessionId: id, updatedAt: Date.now() }
    await writeFile(join(sessions, `${id}.jsonl`), transcript)
    if (recording !== null) await writeFile(join(sessions, `${id}.trajectory.jsonl`), recording)
  }
  await writeFile(join(sessions, 'sessions.json'), JSON.stringify(store))
  for (const key of Object.keys(store)) await compare(t, home, key)
})

const TIME_OF_LINE = '2026-11-21T05:00:00.000Z'

const HEADER = `${JSON.stringify({ type: 'session', version: 3, id: 's', timestamp: TIME_OF_LINE, cwd: '/' })}\n`

/** The first format: no ids, no parents, a compaction that counts lines. */
const OLD = [
  { type: 'session', id: 's', cwd: '/' },
  { type: 'message', message: { role: 'user', content: 'one' } },
  { type: 'message', id: 'named', message: { role: 'hookMessage', content: 'two' } },
  { type: 'compaction', summary: 's', firstKeptEntryIndex: 1, tokensBefore: 9 },
  { type: 'compaction', summary: 's', firstKeptEntryIndex: 0, tokensBefore: 9 },
  { type: 'message', message: { role: 'assistant', content: [] }, timestamp: null },
  { type: 'message', message: { role: 'user', content: 'three' } },
]
  .map((entry) => `${JSON.stringify({ timestamp: TIME_OF_LINE, ...entry })}\n`)
  .join('')

function line(id: string, parentId: string | null, text: string): string {
  const message = { role: 'user', content: [{ type: 'text', text }] }
  return `${JSON.stringify({ type: 'message', id, parentId, timestamp: TIME_OF_LINE, message })}\n`
}

function transcriptOf(texts: readonly string[]): string {
  const lines = texts.map((text, at) => line(`m${at}`, at === 0 ? null : `m${at - 1}`, text))
  return HEADER + lines.join('')
}

function recordingOf(sessionId: string, prompts: readonly string[]): string {
  return prompts
    .flatMap((prompt, at) =>
      [
        {
          type: 'trace.metadata',
          data: { prompting: { skillsPrompt: prompt, systemPromptReport: null } },
        },
        {
          type: 'context.compiled',
          data: { systemPrompt: prompt, tools: [{ name: 'read', prompt }] },
        },
        { type: 'prompt.submitted', data: { prompt } },
        {
          type: 'session.ended',
          data: { status: 'error', promptError: prompt, terminalError: null },
        },
      ].map((event, step) => ({
        traceSchema: 'openclaw-trajectory',
        schemaVersion: 1,
        traceId: sessionId,
        source: 'runtime',
        ts: `2026-11-21T05:00:0${at % 10}.00${step}Z`,
        seq: step + 1,
        sourceSeq: at * 4 + step + 1,
        sessionId,
        unknown: { kept: true },
        ...event,
      })),
    )
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('')
}

/** Texts with a place of this machine in them lose their secrets; the same without one keep them. */
function secretMessages({ home, workspace }: Home): string[] {
  const secrets = [
    'API_KEY=hunter2 and TOKEN="abcdefghijklmnopqrstuvwxyz" and MY_SECRET=$MY_SECRET',
    'https://me:pass@host/?token=abc&x=1&api-key=def',
    'Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123 and Basic dXNlcjpwYXNz',
    'Cookie: sid=0123456789abcdef0123; x',
    'sk-abcdefghijklmnop ghp_abcdefghijklmnopqrst xoxb-1234567890-abc npm_abcdefghijkl',
    'mail a.b@c.org, @handle_of_one, @user:matrix.org, !room:matrix.org, 1234567890123',
    'AKIAABCDEFGHIJKLMNOP and 123456:abcdefghijklmnopqrstuvwx',
    '--password hunter2 {"apiKey":"abc","cvc":"123"} "x-api-key": "abcdef"',
    '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
    `eyJ${'a'.repeat(12)}.${'b'.repeat(12)}.${'c'.repeat(12)}`,
    'long '.repeat(600),
  ]
  return secrets.flatMap((text) => [
    text,
    `in ${home} ${text}`,
    `${workspace}/a ${text}`,
    `${workspace}2 ${text}`,
    `/etc/${text}`,
  ])
}

/** Every kind of entry, with fields that name credentials and an image. */
const KINDS = [
  { type: 'session', version: 3, id: 's', timestamp: TIME_OF_LINE, cwd: '/', token: 'abc' },
  { type: 'model_change', id: 'a', parentId: null, provider: 'mock', modelId: 'mock-1' },
  { type: 'thinking_level_change', id: 'b', parentId: 'a', thinkingLevel: 'low' },
  {
    type: 'custom',
    id: 'c',
    parentId: 'b',
    customType: 'x',
    data: { auth_token: 'abc', tokens: 1 },
  },
  { type: 'custom_message', id: 'd', parentId: 'c', customType: 'y', content: 'z', display: false },
  { type: 'label', id: 'e', parentId: 'd', targetId: 'a', label: 'l' },
  { type: 'session_info', id: 'f', parentId: 'e', name: 'n' },
  { type: 'branch_summary', id: 'g', parentId: 'f', fromId: 'a', summary: 's' },
  {
    type: 'compaction',
    id: 'h',
    parentId: 'g',
    summary: 's',
    firstKeptEntryId: 'a',
    tokensBefore: 9,
  },
  { type: 'leaf', id: 'i', parentId: 'h', targetId: 'h' },
  {
    type: 'message',
    id: 'j',
    parentId: 'i',
    message: {
      role: 'assistant',
      content: [
        { type: 'text', text: 'sid=0123456789abcdef0123 Bearer abcdefgh1234' },
        { type: 'image', data: 'AAECAwQ=', mimeType: 'image/png' },
        {
          type: 'toolCall',
          id: 'c1',
          name: 'read',
          arguments: { path: '/x/SKILL.md', password: 'p' },
        },
        { type: 'tool_use', id: 'c2', name: 'none' },
        { type: ' ToolUse ', id: 3, name: 4, input: [{ name: 'token', value: 'v' }] },
      ],
    },
  },
  { type: 'message', id: 'k', parentId: 'j', message: { role: 'toolResult', content: 'done' } },
  { type: 'message', id: 'l', parentId: 'k', message: { role: 'odd', content: 7 }, timestamp: 5 },
]
  .map((entry) => `${JSON.stringify({ timestamp: TIME_OF_LINE, ...entry })}\n`)
  .join('')
