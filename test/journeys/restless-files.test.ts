import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MemoryTranscript } from '../../src/stores/memory/memory-transcript.js'
import { Service } from '../cli/process.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'

const TOKEN = 'a-token-of-this-test-only-0123456789abcdef'
const HEADERS = { authorization: `Bearer ${TOKEN}` }
const SESSION = '07158ab3-509b-4789-8534-cfc648a0a64a'
const KEY = encodeURIComponent('agent:main:main')
const WRITER = join(import.meta.dirname, 'restless-writer.mjs')
/** Until then the writer goes on: each file is truncated, rewritten and replaced dozens of times. */
const CHANGES = 600
const READS = 30

const PATHS = [
  `/sessions/${KEY}/history?limit=20`,
  `/sessions/${KEY}/history?limit=1000&branch=all&includeTools=1`,
  `/api/sessions/${KEY}`,
  `/api/sessions/${KEY}/diagnose`,
  `/api/sessions/${KEY}/trajectory?limit=100`,
  `/api/sessions?messageLimit=5`,
]

async function scene(t: Test) {
  const dir = ownFolder(t)
  const folder = join(dir, 'state/agents/main/sessions')
  await mkdir(folder, { recursive: true })
  const transcript = join(folder, `${SESSION}.jsonl`)
  const recording = join(folder, `${SESSION}.trajectory.jsonl`)
  await writeFile(transcript, '')
  await writeFile(recording, '')
  const store = { 'agent:main:main': { sessionId: SESSION, updatedAt: Date.now() } }
  await writeFile(join(folder, 'sessions.json'), JSON.stringify(store))
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: join(dir, 'state'),
    SESSIONS_API_DATA_DIR: join(dir, 'data'),
    SESSIONS_API_TOKEN: TOKEN,
  })
  return { service, transcript, recording }
}

/** What one follower knows: by its events, the ids that its transcript has. */
class FollowedIds {
  ids: unknown[] = []
  resets = 0
  ended: string | null = null

  constructor(url: string, idsOf: (data: Data) => unknown[]) {
    void this.#take(url, idsOf).then(
      () => {
        this.ended = 'the stream ended'
      },
      (error: unknown) => {
        this.ended = String(error)
      },
    )
  }

  async #take(url: string, idsOf: (data: Data) => unknown[]): Promise<void> {
    for await (const block of blocksOf(url)) {
      const type = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (type === undefined || data === undefined) continue
      const ids = idsOf(JSON.parse(data))
      if (type === 'reset') this.resets += 1
      this.ids = type === 'message' || type === 'progress' ? [...this.ids, ...ids] : ids
    }
  }
}

/** However long nothing comes. */
async function* blocksOf(url: string): AsyncGenerator<string> {
  const { body } = await fetch(url, { headers: HEADERS })
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    yield* blocks
  }
}

interface Data {
  readonly message?: { readonly __openclaw: { readonly id: string } }
  readonly messages?: readonly { readonly __openclaw: { readonly id: string } }[]
  readonly events?: readonly { readonly seq: number }[]
}

const messageIds = ({ message, messages }: Data) =>
  (messages ?? (message === undefined ? [] : [message])).map(({ __openclaw: { id } }) => id)

t.test(
  'files that are cut, rewritten and replaced all the time end nobody and answer no 5xx',
  async (t) => {
    const { recording, service, transcript } = await scene(t)
    const history = `${service.url}/sessions/${KEY}/history?follow=1&limit=1000`
    const runs = `${service.url}/api/sessions/${KEY}/trajectory?follow=1&limit=1000`
    const followers = [
      new FollowedIds(history, messageIds),
      new FollowedIds(`${history}&branch=all`, messageIds),
      new FollowedIds(runs, ({ events = [] }) => events.map(({ seq }) => seq)),
    ]
    const writer = fork(WRITER, [transcript, recording, SESSION], { execArgv: [] })
    t.teardown(() => writer.kill('SIGKILL'))
    let changes = 0
    writer.on('message', (news: { changes: number }) => {
      changes += news.changes
    })

    const odd = new Map<string, number>()
    let reads = 0
    const read = async (path: string) => {
      for (let count = 0; count < READS || changes < CHANGES; count++) {
        const answer = await fetch(service.url + path, { headers: HEADERS })
        const body = await answer.text()
        reads += 1
        if (answer.status === 200 || answer.status === 409) continue
        const what = `${path}: ${answer.status} ${body.slice(0, 300)}`
        odd.set(what, (odd.get(what) ?? 0) + 1)
      }
    }
    await Promise.all(PATHS.map(read))
    const exit = once(writer, 'exit')
    writer.send('end')
    await exit
    t.strictSame([...odd], [], `no other answer among ${reads}`)

    const plain = new MemoryTranscript(SESSION)
    plain.replace(await readFile(transcript))
    const { entries } = await plain.page({ branch: 'active', limit: 1000, includeTools: false })
    const wanted = JSON.stringify(entries.map(({ id }) => id))
    const events = (await readFile(recording, 'utf8')).trim().split('\n')
    const seqs = JSON.stringify(events.map((line) => JSON.parse(line).seq))
    const isDone = () =>
      followers.some(({ ended }) => ended !== null) ||
      followers.every(({ ids }, at) => JSON.stringify(ids) === (at === 2 ? seqs : wanted))
    await until(isDone)
    for (const { ended, resets } of followers) {
      t.equal(ended, null, 'it was not ended')
      t.ok(resets > 0, 'it was told that its place was gone')
    }
    const last = await fetch(`${service.url}/sessions/${KEY}/history?limit=1000`, {
      headers: HEADERS,
    })
    const page = (await last.json()) as Data
    t.equal(JSON.stringify(messageIds(page)), wanted, 'in the end, what a plain reader reads')
  },
)
