import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import type { Cleanup } from '../cleanup.js'

/** Words of a slow answer and the time between them: long enough to be interrupted, short enough to wait for. */
const SLOW_WORDS = 400
const SLOW_MS = 50

/** Words of an answer that nobody waits for: two minutes, more than a loaded machine takes to begin a sub-agent. */
const LONG_WORDS = 2400

const Content = z.union([z.string(), z.array(z.object({ text: z.string().optional() }))])
const Request = z.object({
  messages: z.array(z.object({ role: z.string(), content: Content.nullish() })),
})
type Message = z.infer<typeof Request>['messages'][number]

/** Commands of a turn of `STEPS`, and seconds that each takes: time to be paused or stopped between two of them. */
const STEPS = 6
const STEP_SECONDS = 1

/** A turn of a user: what it asked for, and how many of the tools that were called for it have answered. */
interface Turn {
  readonly words: string
  readonly toolResults: number
}

/**
 * A model that speaks the OpenAI-compatible protocol and does what the newest user message of the conversation names:
 * `SLOW` streams for twenty seconds, `LONG` for two minutes, `TOOL` runs a command of two seconds and goes on slowly, `STEPS` runs six of one second one
 * after the other, `ECHO` runs a short one, `SPAWN` starts a sub-agent that is slow, `FAMILY` starts a `LONG` one
 * and is as long itself, `FAIL` answers 500; anything else is answered at once.
 */
export class ModelServer {
  /** Answers that are being streamed, by their user's words. */
  readonly streaming = new Set<string>()
  /** Words of the turns whose answer the client did not wait for. */
  readonly cut: string[] = []
  readonly #server: Server
  #calls = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(t: Cleanup): Promise<ModelServer> {
    const server = createServer()
    const model = new ModelServer(server)
    server.on('request', (request, response) => {
      model.#answer(request, response).catch(() => response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return model
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const turn = turnOf(Request.parse(JSON.parse(await text(request))).messages)
    if (turn.words === 'FAIL') {
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end('{"error":{"message":"the model failed on demand"}}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const wantsTool = turn.toolResults < (CALLS.get(turn.words) ?? 0)
    if (wantsTool) this.#call(turn, response)
    else await this.#speak(turn, response)
    response.end(`${frame({ choices: [], usage: USAGE })}data: [DONE]\n\n`)
  }

  #call({ toolResults, words }: Turn, response: ServerResponse): void {
    const spawn = { task: words === 'FAMILY' ? 'LONG' : 'SLOW', label: `child-${this.#calls}` }
    const command = commandOf(words, toolResults + 1)
    const [name, args] = SPAWNERS.has(words) ? ['sessions_spawn', spawn] : ['exec', { command }]
    const id = `call_${++this.#calls}`
    const call = {
      index: 0,
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    }
    response.write(delta({ role: 'assistant', tool_calls: [call] }))
    response.write(delta({}, 'tool_calls'))
  }

  async #speak({ toolResults, words }: Turn, response: ServerResponse): Promise<void> {
    const isSlow = words === 'SLOW' || (words === 'TOOL' && toolResults > 0)
    const isLong = words === 'LONG' || (words === 'FAMILY' && toolResults > 0)
    const length = isLong ? LONG_WORDS : isSlow ? SLOW_WORDS : 3
    const gone = new AbortController()
    response.on('close', () => {
      if (response.writableFinished) return
      this.cut.push(words)
      gone.abort()
    })
    this.streaming.add(words)
    try {
      for (let word = 0; word < length; word++) {
        response.write(delta({ role: 'assistant', content: `word${word} ` }))
        await delay(length > 3 ? SLOW_MS : 1, undefined, { signal: gone.signal })
      }
      response.write(delta({}, 'stop'))
    } finally {
      this.streaming.delete(words)
    }
  }
}

/** Tools that are called in a turn, one after the other, before its answer. */
const CALLS: ReadonlyMap<string, number> = new Map([
  ['TOOL', 1],
  ['ECHO', 1],
  ['SPAWN', 1],
  ['FAMILY', 1],
  ['STEPS', STEPS],
])

/** What has the tool start a sub-agent. */
const SPAWNERS: ReadonlySet<string> = new Set(['SPAWN', 'FAMILY'])

function commandOf(words: string, step: number): string {
  if (words === 'STEPS') return `sleep ${STEP_SECONDS}; echo step ${step}`
  return words === 'TOOL' ? 'sleep 2; echo done' : 'echo done'
}

const USAGE = { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 }

function turnOf(messages: readonly Message[]): Turn {
  const lastUser = messages.findLastIndex((message) => keywordOf(message) !== null)
  const since = messages.slice(lastUser + 1)
  const asked = messages[lastUser]
  const words = (asked === undefined ? null : keywordOf(asked)) ?? ''
  return { words, toolResults: since.filter(({ role }) => role === 'tool').length }
}

/** Gateways wrap what a user wrote in notes of their own, and add messages that hold nothing else. */
function keywordOf({ content, role }: Message): string | null {
  if (role !== 'user') return null
  const parts = typeof content === 'string' ? [content] : (content ?? []).map((part) => part.text)
  const words = parts.join('\n').match(/\b(SLOW|LONG|TOOL|STEPS|ECHO|SPAWN|FAMILY|FAIL|QUICK)\b/g)
  return words?.at(-1) ?? null
}

function delta(change: object, finish: string | null = null): string {
  return frame({ choices: [{ index: 0, delta: change, finish_reason: finish }] })
}

function frame(fields: object): string {
  const head = { id: 'answer', object: 'chat.completion.chunk', created: 1, model: 'mock-1' }
  return `data: ${JSON.stringify({ ...head, ...fields })}\n\n`
}
