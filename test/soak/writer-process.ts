/** A gateway that appends to transcripts and rewrites its store, in a process of its own. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../bench/data/random.js'
import { answerQuestions, stayForQuestions } from '../bench/processes/channel.js'
import { numberedText } from './numbered-text.js'

export interface WrittenSession {
  readonly key: string
  readonly sessionId: string
  readonly path: string
  /** Others append to it too: its lines name no parent, so that no line of another becomes a fork. */
  readonly shared: boolean
}

export interface WriterRequest {
  readonly name: string
  readonly sessions: readonly WrittenSession[]
  /** Folder and sessions of the store that this writer keeps. */
  readonly storeFolder: string
  readonly storeKeys: readonly WrittenSession[]
}

/** Between appends. */
const APPEND_MS = { least: 1, most: 20 }
/** One line in so many is written in two parts, with a pause in between. */
const TORN_SHARE = 0.05
const TORN_MS = 3
/** One message in so many is a tool result, which followers are not sent. */
const TOOL_SHARE = 0.2
/** One append in so many is followed by a new version of the store. */
const STORE_SHARE = 0.05

let running = false
let finished: Promise<void> = Promise.resolve()
const written = new Map<string, number>()
const parents = new Map<string, string>()
let lines = 0

answerQuestions({
  start: (request) => {
    running = true
    finished = run(request as WriterRequest)
  },
  /** Ends it; numbered messages by session key. */
  stop: async () => {
    running = false
    await finished
    return Object.fromEntries(written)
  },
})
stayForQuestions()

async function run(request: WriterRequest): Promise<void> {
  const random = new Random(request.name.length + request.name.charCodeAt(1))
  while (running) {
    await append(request.name, random.pick(request.sessions), random)
    if (random.chance(STORE_SHARE)) writeStore(request)
    await pause(random.whole(APPEND_MS.least, APPEND_MS.most))
  }
}

async function append(writer: string, session: WrittenSession, random: Random): Promise<void> {
  const { path, shared } = session
  const line = Buffer.from(`${JSON.stringify(entryOf(writer, session, random))}\n`)
  if (shared || !random.chance(TORN_SHARE)) {
    appendFileSync(path, line)
    return
  }
  const cut = random.whole(1, line.length - 1)
  appendFileSync(path, line.subarray(0, cut))
  await pause(TORN_MS)
  appendFileSync(path, line.subarray(cut))
}

function entryOf(writer: string, { key, shared }: WrittenSession, random: Random) {
  lines += 1
  const id = `${writer}-${lines}`
  const parent = shared ? {} : { parentId: parents.get(key) ?? 'begin' }
  parents.set(key, id)
  return {
    type: 'message',
    id,
    ...parent,
    timestamp: new Date().toISOString(),
    message: messageOf(writer, key, random),
  }
}

function messageOf(writer: string, key: string, random: Random) {
  if (random.chance(TOOL_SHARE))
    return {
      role: 'toolResult',
      toolCallId: 'c',
      toolName: 'exec',
      content: [{ type: 'text', text: 'ok' }],
    }
  const number = (written.get(key) ?? 0) + 1
  written.set(key, number)
  return { role: 'user', content: numberedText({ writer, number }), timestamp: Date.now() }
}

/** As the gateway does it: a temporary file, then a rename. */
function writeStore({ name, storeFolder, storeKeys }: WriterRequest): void {
  const entries = storeKeys.map(({ key, sessionId }) => [
    key,
    { sessionId, updatedAt: Date.now(), status: 'done', channel: 'webchat' },
  ])
  const temporary = join(storeFolder, `sessions.json.${name}.tmp`)
  writeFileSync(temporary, JSON.stringify(Object.fromEntries(entries), null, 2))
  renameSync(temporary, join(storeFolder, 'sessions.json'))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
