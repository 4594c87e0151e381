import { Prose } from './prose.js'
import { Random } from './random.js'

const MODELS = [
  { provider: 'anthropic', model: 'claude-sonnet-4-6', input: 3, output: 15 },
  { provider: 'openai', model: 'gpt-5.2', input: 1.75, output: 14 },
] as const

/** When the made-up conversations begin. */
const START_MS = Date.UTC(2026, 9, 1, 8)
/** Spreads counted ids over all of 32 bits without a repetition: a repeated id would be a fork that no gateway writes. */
const ID_STEP = 0x9e3779b1

/** Sizes of tool results: what shell commands and file reads commonly return. */
const TOOL_RESULT_CHARS = { least: 4 * 1024, most: 40 * 1024 }
const HUGE_CHARS = 1024 * 1024
/** One tool result in so many is huge. */
const HUGE_EVERY = 400
/** Turns between compactions, and between aborted runs. */
const COMPACTION_EVERY = 150
const FORK_EVERY = 250

type Fields = Readonly<Record<string, unknown>>

/**
 * Lines of a transcript as a gateway of 2026.4 writes them: turns of a user, an assistant with usage, tool calls and
 * results of 4 to 40 KB, now and then a line of 1 MB, a compaction, a fork by an aborted run.
 */
export class Conversation {
  readonly #random: Random
  readonly #prose: Prose
  #parent: string | null = null
  #count = 0
  #turns = 0
  #toolResults = 0
  #context = 12_000

  /** `after`: the entry that the first one follows, and how many were before it. */
  constructor(seed: number, after: { parent: string | null; count: number } | null = null) {
    this.#random = new Random(seed)
    this.#prose = new Prose(this.#random)
    this.#parent = after?.parent ?? null
    this.#count = after?.count ?? 0
  }

  /** Id of the newest entry; `null` before the first. */
  get newest(): string | null {
    return this.#parent
  }

  header(sessionId: string): string {
    const cwd = '/home/openclaw/.openclaw/workspace'
    return `${JSON.stringify({ type: 'session', version: 3, id: sessionId, timestamp: this.#time(), cwd })}\n`
  }

  /** The lines of one turn, each with its newline; `plain` turns have no huge line, compaction or fork. */
  turn(plain = false): string[] {
    this.#turns += 1
    const lines = [this.#user()]
    for (let calls = this.#random.whole(0, 5); calls > 0; calls--) {
      const callId = `call_${this.#random.hex(12)}`
      lines.push(this.#assistant('toolUse', callId), this.#toolResult(callId, plain))
    }
    if (!plain && this.#turns % FORK_EVERY === 0) lines.push(...this.#abortedRun())
    lines.push(this.#assistant('stop', null))
    if (!plain && this.#turns % COMPACTION_EVERY === 0) lines.push(this.#compaction())
    return lines
  }

  /** A short turn, of some hundred bytes. */
  shortTurn(): string[] {
    return [this.#user(), this.#assistant('stop', null)]
  }

  #user(): string {
    const text = this.#prose.text(this.#random.whole(20, 400))
    return this.#message({ role: 'user', content: [{ type: 'text', text }] })
  }

  #assistant(stopReason: string, callId: string | null): string {
    const text = this.#prose.text(this.#random.whole(40, callId === null ? 2500 : 300))
    const command = this.#prose.text(this.#random.whole(10, 200))
    const call = { type: 'toolCall', id: callId, name: 'exec', arguments: { command } }
    const { provider, model, ...price } = this.#random.pick(MODELS)
    return this.#message({
      role: 'assistant',
      content: [{ type: 'text', text }, ...(callId === null ? [] : [call])],
      api: 'openai-completions',
      provider,
      model,
      usage: this.#usage(price),
      stopReason,
      responseId: `chatcmpl-${this.#random.hex(16)}`,
    })
  }

  #usage(price: { input: number; output: number }): Fields {
    const output = this.#random.whole(20, 900)
    const input = this.#random.whole(300, 3000)
    const cacheRead = this.#context
    this.#context = Math.min(180_000, this.#context + input + output)
    const cost = {
      input: (input * price.input) / 1e6,
      output: (output * price.output) / 1e6,
      cacheRead: (cacheRead * price.input) / 1e7,
      cacheWrite: 0,
    }
    const total = cost.input + cost.output + cost.cacheRead
    return {
      input,
      output,
      cacheRead,
      cacheWrite: 0,
      totalTokens: input + output + cacheRead,
      cost: { ...cost, total },
    }
  }

  #toolResult(toolCallId: string, plain: boolean): string {
    this.#toolResults += 1
    const huge = !plain && this.#toolResults % HUGE_EVERY === 0
    const { least, most } = TOOL_RESULT_CHARS
    const text = this.#prose.text(huge ? HUGE_CHARS : this.#random.whole(least, most))
    // Shell commands are recorded a second time, as `aggregated`; half of all results are of another tool.
    const shell = { status: 'completed', exitCode: 0, durationMs: 120, aggregated: text }
    const details = !huge && this.#random.chance(0.5) ? shell : { status: 'completed' }
    return this.#message({
      role: 'toolResult',
      toolCallId,
      toolName: 'exec',
      content: [{ type: 'text', text }],
      details,
      isError: false,
    })
  }

  /** An aborted run leaves two children of one parent; the second one goes on. Source: formats 2026.4 §4. */
  #abortedRun(): string[] {
    const parent = this.#parent
    const abandoned = this.#message({
      role: 'assistant',
      content: [{ type: 'text', text: this.#prose.text(200) }],
      provider: 'openclaw',
      model: 'gateway-injected',
      stopReason: 'stop',
    })
    this.#parent = parent
    return [abandoned, this.#assistant('aborted', null)]
  }

  #compaction(): string {
    const tokensBefore = this.#context
    this.#context = 12_000
    const summary = this.#prose.text(1500)
    return this.#entry('compaction', {
      summary,
      firstKeptEntryId: this.#parent,
      tokensBefore,
      details: { readFiles: [], modifiedFiles: [] },
      fromHook: false,
    })
  }

  #message(message: Fields): string {
    return this.#entry('message', { message: { ...message, timestamp: this.#nowMs() } })
  }

  #entry(type: string, fields: Fields): string {
    const id = (Math.imul(this.#count, ID_STEP) >>> 0).toString(16).padStart(8, '0')
    const entry = { type, id, parentId: this.#parent, timestamp: this.#time(), ...fields }
    this.#parent = id
    this.#count += 1
    return `${JSON.stringify(entry)}\n`
  }

  #nowMs(): number {
    return START_MS + this.#count * 700
  }

  #time(): string {
    return new Date(this.#nowMs()).toISOString()
  }
}
