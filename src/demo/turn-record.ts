import { cutText } from '../system/well-formed.js'
import type { DemoSession } from './demo-session.js'
import {
  assistantLine,
  type Block,
  gatewayLine,
  type Prompt,
  promptErrorLine,
  toolResultLine,
  userLine,
} from './messages.js'
import { type DemoUsage, NO_USAGE } from './models.js'
import type { Random } from './random.js'
import type { Step, ToolStep } from './scripts/script.js'

/** The answer by which an agent says nothing. */
const NO_REPLY = 'NO_REPLY'

export interface RunUsage {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  cost: number
}

export type ToolOutcome = Pick<ToolStep, 'result' | 'picture' | 'failed'>

interface OpenCall {
  readonly id: string
  readonly name: string
  readonly sinceMs: number
}

/** Writes one run down, line by line, as the gateway would, and sums what its calls cost. */
export class TurnRecord {
  readonly usage: RunUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 }
  readonly #session: DemoSession
  readonly #runId: string
  readonly #random: Random
  readonly #now: () => number
  #responses = 0
  /** The tool call that has no result yet. */
  #openCall: OpenCall | null = null
  /** What was streamed so far of the answer that is being made. */
  #draft = ''

  constructor(session: DemoSession, runId: string, random: Random, now: () => number) {
    this.#session = session
    this.#runId = runId
    this.#random = random
    this.#now = now
  }

  hear(prompt: Prompt): void {
    const nowMs = this.#now()
    this.#session.hear(userLine(prompt, this.#runId, nowMs), prompt.text, nowMs)
  }

  call(step: Step): void {
    const id = `call_${this.#random.hex(12)}`
    const { args, name } = callOf(step)
    const partialArgs = JSON.stringify(args)
    const call: Block = { type: 'toolCall', id, name, arguments: args, partialArgs }
    this.#speak([...remarks(step), call], 'toolUse')
    this.#openCall = { id, name, sinceMs: this.#now() }
  }

  /** The result of the open call; without one, nothing. */
  result(outcome: ToolOutcome): void {
    const call = this.#openCall
    if (call === null) return
    this.#openCall = null
    const nowMs = this.#now()
    const facts = { ...outcome, durationMs: nowMs - call.sinceMs, cwd: this.#session.cwd }
    this.#session.hear(toolResultLine(call, facts, nowMs), outcome.result, nowMs)
  }

  /** The model has begun to answer: half of it is on its way. */
  draft(answer: string): void {
    if (answer !== NO_REPLY) this.#draft = cutText(answer, Math.ceil(answer.length / 2))
  }

  answer(text: string): void {
    this.#draft = ''
    this.#speak([{ type: 'text', text }], 'stop')
    if (!this.#session.mirrorsDelivery || text === NO_REPLY) return
    this.#session.append(gatewayLine(text, 'delivery-mirror', this.#now()), this.#now())
  }

  /** One try that the provider refused. Source: formats 2026.5 §1.10. */
  overload(): void {
    const text = '[assistant turn failed before producing content]'
    this.#speakForNothing([{ type: 'text', text }], 'error', {
      errorMessage: '529 the model is overloaded, try again shortly',
      errorType: 'overloaded_error',
      errorBody: '{"error":{"type":"overloaded_error","message":"overloaded"}}',
    })
  }

  /** The operator wants the run to end between two steps: no call stays open. */
  stopped(): void {
    this.result({ result: 'Stopped before this tool ran.', failed: true })
  }

  /** Two children of one line: the gateway's copy of what was said, and the model's own aborted one. Source: formats 2026.4 §4. */
  aborted(): void {
    this.result({ result: 'Aborted while running.', failed: true })
    const parent = this.#session.leaf
    const said = this.#draft
    if (said !== '') this.#injectDraft(said)
    this.#noteAbort(parent)
    const content: Block[] = said === '' ? [] : [{ type: 'text', text: said }]
    this.#speakForNothing(content, 'aborted', { errorMessage: 'Request was aborted' })
  }

  #injectDraft(said: string): void {
    const facts = {
      idempotencyKey: `${this.#runId}:assistant`,
      openclawAbort: { aborted: true, origin: 'rpc', runId: this.#runId },
    }
    this.#session.append(gatewayLine(said, 'gateway-injected', this.#now(), facts), this.#now())
  }

  #noteAbort(parent: string | null): void {
    const { model, sessionId } = this.#session
    const error = 'This operation was aborted'
    const line = promptErrorLine({ runId: this.#runId, sessionId, model, error }, this.#now())
    this.#session.append(line, this.#now(), parent)
  }

  #speak(content: Block[], stopReason: 'stop' | 'toolUse'): void {
    const { meter, model } = this.#session
    const usage = meter.answer(model, JSON.stringify(content), this.#random)
    this.#count(usage)
    this.#write({ content, usage, stopReason })
  }

  #speakForNothing(
    content: Block[],
    stopReason: 'aborted' | 'error',
    extras: Record<string, unknown>,
  ): void {
    this.#write({ content, usage: NO_USAGE, stopReason }, extras)
  }

  #write(
    said: Pick<Parameters<typeof assistantLine>[0], 'content' | 'usage' | 'stopReason'>,
    extras?: Record<string, unknown>,
  ): void {
    this.#responses++
    const responseId = `chatcmpl-${this.#runId.slice(0, 8)}-${this.#responses}`
    const nowMs = this.#now()
    const answer = { ...said, model: this.#session.model, nowMs, responseId }
    this.#session.append(assistantLine(answer, extras), nowMs)
  }

  #count({ cacheRead, cacheWrite, cost, input, output }: DemoUsage): void {
    this.usage.input += input
    this.usage.output += output
    this.usage.cacheRead += cacheRead
    this.usage.cacheWrite += cacheWrite
    this.usage.cost += cost.total
  }
}

function callOf(step: Step): { name: string; args: Readonly<Record<string, unknown>> } {
  if (step.kind === 'tool') return { name: step.tool, args: step.args }
  if (step.kind === 'spawn') {
    return { name: 'sessions_spawn', args: { task: step.task, label: step.label } }
  }
  return { name: 'sessions_send', args: { sessionKey: step.to, message: step.message } }
}

/** What the model thinks and says before it calls. */
function remarks(step: Step): Block[] {
  if (step.kind !== 'tool') return []
  const blocks: Block[] = []
  if (step.thinking !== undefined) {
    const thinkingSignature = 'reasoning_content'
    blocks.push({ type: 'thinking', thinking: step.thinking, thinkingSignature })
  }
  if (step.saying !== undefined) blocks.push({ type: 'text', text: step.saying })
  return blocks
}
