import { mkdir, symlink } from 'node:fs/promises'
import t, { type Test } from 'tap'
import type { NewToken } from '../../src/auth/index.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { ALL_OPERATIONS } from '../../src/surfaces/http/operations.js'
import { METHODS } from '../../src/surfaces/ws/methods/index.js'
import { StateDir } from '../stores/openclaw/state-dir.js'
import { until } from '../until.js'
import { Client } from '../ws/client.js'
import { at } from './service.js'
import { RawStream } from './sse-client.js'
import { openWholeServer } from './whole-server.js'

const MAIN = 'agent:main:main'
const GROUP = 'agent:main:discord:group:7'
const CHILD = 'agent:main:subagent:c'
const OTHER = 'agent:main:subagent:d'
const HIDDEN = 'agent:work:main'
const KEYS = [MAIN, GROUP, CHILD, OTHER, HIDDEN]

/** Words in lower case that stand nowhere but in the data; whatever shows one has shown what it was made of. */
const TEXT = 'zqtext'
const REASON = 'zqreason'
const LABEL = 'zqlabel'
const NAME = 'zqname'
const SUBJECT = 'zqsubject'
const PEER = 'zqpeer'
const FOLDER = 'zqfolder'
const TOOL = 'zqtool'
const PATH = 'zqpath'
const UNSEEN = 'zqunseen'

const WORDS = [TEXT, REASON]
const NAMES = [LABEL, NAME, SUBJECT, PEER, FOLDER, TOOL, PATH]

interface Case {
  readonly who: string
  readonly token: Omit<NewToken, 'name' | 'scopes'>
  readonly never: readonly string[]
  /** What this token does see, so that the walk is known to have met it. */
  readonly shown: readonly string[]
}

const CASES: readonly Case[] = [
  { who: 'no text', token: { redact: 'text' }, never: WORDS, shown: [LABEL, TOOL, UNSEEN] },
  { who: 'no names', token: { redact: 'all' }, never: [...WORDS, ...NAMES], shown: [MAIN, HIDDEN] },
  { who: 'an agent', token: { agents: ['main'] }, never: [UNSEEN], shown: [...WORDS, LABEL, TOOL] },
  {
    who: 'some sessions without names',
    token: { sessions: ['agent:main:*'], redact: 'all' },
    never: [UNSEEN, HIDDEN, ...WORDS, ...NAMES],
    shown: [MAIN],
  },
]

const lineOf = (id: string, parentId: string | null, facts: object) =>
  `${JSON.stringify({ id, parentId, timestamp: '2026-11-21T05:00:00.000Z', ...facts })}\n`

/** A transcript with a word in every place that holds one. */
function transcript(sessionId: string, text: string, tool: string, folder: string): string {
  const call = { type: 'toolCall', id: 'c1', name: tool, arguments: { command: text } }
  return [
    `${JSON.stringify({ type: 'session', version: 3, id: sessionId, timestamp: '2026-11-21T05:00:00.000Z', cwd: `/${folder}` })}\n`,
    lineOf('m1', null, { type: 'message', message: { role: 'user', content: text } }),
    lineOf('m2', 'm1', {
      type: 'message',
      message: { role: 'assistant', content: [{ type: 'thinking', thinking: text }, call] },
    }),
    lineOf('m3', 'm2', {
      type: 'message',
      message: {
        role: 'toolResult',
        toolCallId: 'c1',
        toolName: tool,
        content: [{ type: 'text', text }],
        details: { text },
      },
    }),
    lineOf('m4', 'm3', {
      type: 'compaction',
      summary: text,
      tokensBefore: 9,
      firstKeptEntryId: 'm1',
    }),
    lineOf('m5', 'm4', {
      type: 'message',
      message: {
        role: 'assistant',
        content: [{ type: 'text', text }],
        stopReason: 'error',
        errorMessage: text,
      },
    }),
  ].join('')
}

async function writeState(root: string): Promise<StateDir> {
  const dir = new StateDir(root)
  const base = { updatedAt: 1795237200000, status: 'done' }
  const named = {
    label: LABEL,
    displayName: NAME,
    subject: SUBJECT,
    spawnedWorkspaceDir: `/${FOLDER}`,
  }
  await dir.store('main', {
    [MAIN]: { ...base, sessionId: 'main', ...named, origin: { label: PEER } },
    [GROUP]: {
      ...base,
      sessionId: 'group',
      channel: 'discord',
      groupId: PEER,
      groupChannel: PEER,
      space: PEER,
      subject: SUBJECT,
      lastTo: PEER,
      origin: { label: PEER, from: PEER, to: PEER },
    },
    [CHILD]: { ...base, sessionId: 'child', spawnedBy: MAIN, label: `${LABEL} child` },
    [OTHER]: { ...base, sessionId: 'other', spawnedBy: HIDDEN, origin: { label: PEER } },
    'agent:main:subagent:gone': { ...base, sessionId: 'gone', label: `${LABEL} gone` },
    'agent:main:subagent:link': { ...base, sessionId: 'link', sessionFile: `/${PATH}/x.jsonl` },
  })
  for (const name of ['main', 'group', 'child', 'other'])
    await dir.transcript('main', `${name}.jsonl`, transcript(name, TEXT, TOOL, FOLDER))
  await symlink(`/${PATH}`, dir.file('main', 'link.jsonl'))
  await dir.store('work', {
    [HIDDEN]: {
      ...base,
      sessionId: 'work',
      label: UNSEEN,
      displayName: UNSEEN,
      spawnedWorkspaceDir: `/${UNSEEN}`,
    },
  })
  await dir.transcript('work', 'work.jsonl', transcript('work', UNSEEN, UNSEEN, UNSEEN))
  await mkdir(`${root}/agents/broken/sessions`, { recursive: true })
  await dir.write('agents/broken/sessions/sessions.json', `{ "${UNSEEN} ${PATH}`)
  return dir
}

async function open(t: Test, folder: string, token: Case['token']) {
  const root = `${folder}/${PATH}`
  const dir = await writeState(root)
  const server = await openWholeServer(
    (dataDir) => openclawFiles({ stateDir: root, homeDir: root, dataDir }),
    {
      directory: `${folder}/data`,
      token,
      settings: { controlSettleMs: 5, controlVerifyMs: 200 },
    },
  )
  t.teardown(() => server.close())
  const { manager, runs, url } = server
  for (const sessionKey of [GROUP, CHILD]) {
    const run = runs.start({ sessionKey })
    run.signal.addEventListener('abort', () => run.end())
  }
  const operate = (key: string, action: 'pause' | 'stop', reason: string) =>
    manager.control(key, { action, reason }, FULL_GRANT)
  await operate(MAIN, 'pause', REASON)
  await operate(GROUP, 'stop', REASON)
  await operate(CHILD, 'pause', REASON)
  await operate(HIDDEN, 'pause', UNSEEN)
  return { dir, url, token: server.token }
}

type House = Awaited<ReturnType<typeof open>>

/** What is asked of an operation beside its own example. */
const BODIES: Readonly<Record<string, readonly object[]>> = {
  patchSession: [{ label: 'taken' }, { label: 'mine', thinkingLevel: 'high' }, { nonsense: 1 }],
  cleanupSessions: [
    {},
    { fixMissing: true, age: '1h' },
    { agent: 'work' },
    { agent: 'nobody' },
    { dryRun: false, enforce: true, fixMissing: true },
  ],
  controlSession: [{ action: 'pause' }, { action: 'resume' }, { action: 'kill' }, { action: 'x' }],
  controlSessions: [
    { action: 'pause', keys: KEYS, dryRun: true },
    { action: 'kill', filter: { agent: 'main' }, dryRun: true },
    { action: 'resume', keys: KEYS },
  ],
  compactSession: [{ maxLines: 3 }, {}],
  issueTicket: [{ path: '/api/events' }, { path: `/sessions/${at(HIDDEN)}/history` }],
}

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  listSessions: [
    '',
    '?messageLimit=3',
    '?search=zq',
    '?sort=key&limit=2',
    '?agent=work',
    '?limit=x',
  ],
  getHistory: ['', '?includeTools=1&branch=all', '?limit=2&includeTools=1', '?cursor=zz'],
  exportSession: ['', '?format=markdown', '?format=jsonl', '?format=json'],
}

function questions(): [method: string, path: string, body?: object][] {
  return ALL_OPERATIONS.flatMap((operation) => {
    const { bodyExample, method, operationId, path } = operation
    if (operationId === 'followEvents') return []
    const keys = path.includes('{key}') ? [...KEYS, 'agent:main:subagent:link', 'nobody'] : ['']
    return keys.flatMap((key): [string, string, object?][] => {
      const place = path.replace('{key}', at(key)).replace('{file}', 'none.js')
      if (method === 'GET')
        return (QUERIES[operationId] ?? ['']).map((query) => [method, place + query])
      const bodies = BODIES[operationId] ?? [bodyExample ?? {}]
      return bodies.map((body) => [method, place, body as object])
    })
  })
}

/** All bytes that came back, by what was asked: an answer may repeat its own question. */
async function walk(house: House): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  const headers = { authorization: `Bearer ${house.token}` }
  // What removes sessions comes last.
  const asked = questions().sort(([a], [b]) => Number(a !== 'GET') - Number(b !== 'GET'))
  for (const [method, path, body] of asked) {
    const answer = await fetch(house.url + path, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(answers.size % 5 === 4 ? { accept: 'application/problem+json' } : {}),
      },
      ...(body === undefined || method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    })
    const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`
    answers.set(`${method} ${path} ${JSON.stringify(body)}`, text)
  }
  return answers
}

/** What streams say while something happens to every session. */
async function listen(house: House): Promise<Map<string, string>> {
  const headers = { authorization: `Bearer ${house.token}` }
  const paths = [
    '/api/events?messages=*&includeTools=1',
    `/sessions/${at(MAIN)}/history?follow=1&includeTools=1`,
    `/api/sessions/${at(MAIN)}/trajectory?follow=1`,
  ]
  const streams = await Promise.all(paths.map((path) => RawStream.open(house.url + path, headers)))
  const heard = paths.map(() => '')
  const read = streams.map(async (stream, index) => {
    for (;;) {
      const block = await stream.block().catch(() => null)
      if (block === null) return
      heard[index] += `${block}\n`
    }
  })
  await until(() => heard.every((text) => text.includes('event: ')))
  const said = { type: 'message', message: { role: 'assistant', content: TEXT } }
  await house.dir.append('main', 'main.jsonl', lineOf('live', 'm5', said))
  const hidden = { type: 'message', message: { role: 'assistant', content: UNSEEN } }
  await house.dir.append('work', 'work.jsonl', lineOf('live', 'm5', hidden))
  await until(() => heard.slice(0, 2).every((text) => text.includes('"live"')))
  await Promise.all(streams.map((stream) => stream.close()))
  await Promise.all(read)
  return new Map(paths.map((path, index) => [path, heard[index] ?? '']))
}

async function callAll(t: Test, house: House): Promise<Map<string, string>> {
  const client = await Client.dial(t, `${house.url}/ws`)
  const answers = new Map<string, string>()
  const hello = await client.connect(house.token)
  answers.set('connect', JSON.stringify(hello))
  const more = { includeDerivedTitles: true, includeLastMessage: true }
  for (const { name } of METHODS)
    for (const key of KEYS)
      for (const params of [
        { key },
        { keys: [key] },
        { sessionKey: key },
        { ...more },
        { label: 'x', key },
      ]) {
        const answer = await client.request(name, params)
        answers.set(`${name} ${JSON.stringify(params)}`, JSON.stringify(answer))
      }
  answers.set('events', JSON.stringify(client.events))
  client.close()
  return answers
}

for (const { who, token, never, shown } of CASES)
  t.test(`${who}: no answer, error, event or frame shows what is hidden`, async (t) => {
    const house = await open(t, t.testdir(), token)
    const all = new Map([
      ...(await listen(house)),
      ...(await walk(house)),
      ...(await callAll(t, house)),
    ])
    for (const [asked, text] of all)
      for (const word of never)
        if (!decodeURIComponent(asked).includes(word) && text.toLowerCase().includes(word))
          t.fail(`${asked} shows ${word}: ${around(text, word)}`)
    const everything = [...all.values()].join('')
    for (const word of shown) t.ok(everything.includes(word), `${word} is there to be seen`)
    t.ok(all.size > 100)
  })

function around(text: string, word: string): string {
  const place = text.toLowerCase().indexOf(word)
  return text.slice(Math.max(0, place - 200), place + 80)
}
