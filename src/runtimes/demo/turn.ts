import { isRunStopped, type RunHandle } from '../run-registry/index.js'
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
import { NO_USAGE, type Usage } from './models.js'
import type { Random } from './random.js'
import type { SendStep, SpawnStep, Step, ToolStep, Work } from './scripts/script.js'
import type { Timeline } from './timeline.js'

/** How likely a turn begins with a provider that is overloaded, and how likely it stays so. */
const OVERLOAD = 0.05
const STAYS_OVERLOADED = 0.3
const TRIES = 3
/** The answer by which an agent says nothing. */
const NO_REPLY = 'NO_REPLY'

/** What other sessions do for a turn. */
export interface Colleagues {
  /** Starts a sub-agent; resolves once it is live. */
  spawn(parent: DemoSession, step: SpawnStep): Promise<{ sessionKey: string; runId: string }>
  send(from: DemoSession, step: SendStep): { runId: string }
}

export interface TurnPlan {
  session: DemoSession
  run: Pick<RunHandle, 'runId' | 'signal' | 'checkpoint'>
  /** `null`: nobody asked, e.g. when a helper's result is announced. */
  prompt: Prompt | null
  work: Work
  timeline: Timeline
  random: Random
  /** Length of one step. */
  stepMs: number
  colleagues: Colleagues
  /** Fails for certain, so that there is a failure to look at. */
  doomed?: boolean
}

export interface TurnResult {
  readonly outcome: 'done' | 'failed' | 'killed'
  /** It ended because an operator wanted it to. */
  readonly controlled: boolean
  /** The calls of this turn, summed. */
  readonly usage: {
    input: number
    output: number
    cacheRead: number
    cacheWrite: number
    cost: number
  }
}

/** The host's loop of one run: prompt, model call, tool, model call, ... with a checkpoint between the steps. */
export class Turn {
  readonly #plan: TurnPlan
  readonly #used = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 }
  /** The call that has no result yet. */
  #openCall: { id: string; name: string } | null = null
  /** The answer that is being written. */
  #draft = ''
  #calls = 0

  constructor(plan: TurnPlan) {
    this.#plan = plan
  }

  async play(): Promise<TurnResult> {
    try {
      const outcome = (await this.#reachProvider()) ? await this.#work() : 'failed'
      return { outcome, controlled: false, usage: this.#used }
    } catch (error) {
      if (!isRunStopped(error)) throw error
      return { outcome: this.#leave(error.details.reason), controlled: true, usage: this.#used }
    }
  }

  async #work(): Promise<'done'> {
    for (const step of this.#plan.work.steps) await this.#take(step)
    await this.#answer(this.#plan.work.answer)
    return 'done'
  }

  /** Writes the prompt; an overloaded provider is tried again, and the prompt repeated. False: it stays overloaded. */
  async #reachProvider(): Promise<boolean> {
    const { doomed, prompt, random } = this.#plan
    await this.#checkpoint()
    let overloaded = doomed === true || random.chance(OVERLOAD)
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      this.#hear(prompt)
      if (!overloaded) return true
      await this.#sleep(1)
      this.#writeOverload()
      overloaded = doomed === true || random.chance(STAYS_OVERLOADED)
      await this.#checkpoint()
    }
    return false
  }

  #hear(prompt: Prompt | null): void {
    if (prompt === null) return
    this.#plan.session.hear(
      userLine(prompt, this.#plan.run.runId, this.#now()),
      prompt.text,
      this.#now(),
    )
  }

  async #take(step: Step): Promise<void> {
    await this.#thinkAhead()
    const call = this.#callFor(step)
    this.#speak(call.blocks, 'toolUse')
    this.#openCall = call
    await this.#checkpoint()
    const startedAtMs = this.#now()
    const outcome = await this.#perform(step)
    this.#hearTool(outcome, this.#now() - startedAtMs)
  }

  async #perform(step: Step): Promise<Pick<ToolStep, 'result' | 'picture' | 'failed'>> {
    const { colleagues, session } = this.#plan
    await this.#sleep(step.kind === 'tool' ? (step.slow ?? 1) : 0.5)
    if (step.kind === 'tool') return step
    if (step.kind === 'spawn') {
      const child = await colleagues.spawn(session, step)
      const { runId, sessionKey: childSessionKey } = child
      return { result: pretty({ status: 'accepted', childSessionKey, runId, mode: 'run' }) }
    }
    const { runId } = colleagues.send(session, step)
    return { result: pretty({ runId, status: 'accepted', sessionKey: step.to }) }
  }

  async #answer(text: string): Promise<void> {
    await this.#thinkAhead(text)
    this.#speak([{ type: 'text', text }], 'stop')
    const { session } = this.#plan
    if (session.mirrorsDelivery && text !== NO_REPLY) {
      session.append(gatewayLine(text, 'delivery-mirror', this.#now()), this.#now())
    }
  }

  /** A model call: nothing is written while it lasts, but a kill finds the half of the answer. */
  async #thinkAhead(text = ''): Promise<void> {
    await this.#checkpoint()
    this.#plan.session.compactIfFull(this.#now(), this.#plan.random)
    this.#draft = text === NO_REPLY ? '' : text.slice(0, Math.ceil(text.length / 2))
    await this.#sleep(1)
    this.#draft = ''
  }

  #callFor(step: Step): { id: string; name: string; blocks: Block[] } {
    const id = `call_${this.#plan.random.hex(12)}`
    const { args, name } = callOf(step)
    const blocks: Block[] = []
    if (step.kind === 'tool' && step.thinking !== undefined) {
      const thinkingSignature = 'reasoning_content'
      blocks.push({ type: 'thinking', thinking: step.thinking, thinkingSignature })
    }
    if (step.kind === 'tool' && step.saying !== undefined) {
      blocks.push({ type: 'text', text: step.saying })
    }
    const partialArgs = JSON.stringify(args)
    blocks.push({ type: 'toolCall', id, name, arguments: args, partialArgs })
    return { id, name, blocks }
  }

  #speak(content: Block[], stopReason: 'stop' | 'toolUse'): Usage {
    const { random, session } = this.#plan
    const usage = session.meter.answer(session.model, JSON.stringify(content), random)
    this.#count(usage)
    const facts = { content, model: session.model, usage, stopReason, nowMs: this.#now() }
    session.append(assistantLine({ ...facts, responseId: this.#responseId() }), this.#now())
    return usage
  }

  #hearTool(outcome: Pick<ToolStep, 'result' | 'picture' | 'failed'>, durationMs: number): void {
    const { session } = this.#plan
    if (this.#openCall === null) return
    const { failed, picture, result } = outcome
    const facts = {
      result,
      durationMs,
      cwd: session.cwd,
      ...(failed === undefined ? {} : { failed }),
      ...(picture === undefined ? {} : { picture }),
    }
    session.hear(toolResultLine(this.#openCall, facts, this.#now()), result, this.#now())
    this.#openCall = null
  }

  #writeOverload(): void {
    const { session } = this.#plan
    const line = assistantLine(
      {
        content: [{ type: 'text', text: '[assistant turn failed before producing content]' }],
        model: session.model,
        usage: NO_USAGE,
        stopReason: 'error',
        nowMs: this.#now(),
        responseId: this.#responseId(),
      },
      {
        errorMessage: '529 the model is overloaded, try again shortly',
        errorType: 'overloaded_error',
        errorBody: '{"error":{"type":"overloaded_error","message":"overloaded"}}',
      },
    )
    session.append(line, this.#now())
  }

  /** The run has to go: nothing is left open, and an abort is written down as the gateway does. */
  #leave(reason: unknown): 'done' | 'killed' {
    const killed = reason !== 'stop'
    if (this.#openCall !== null) {
      const result = killed ? 'Aborted while running.' : 'Stopped before this tool ran.'
      this.#hearTool({ result, failed: true }, 0)
    }
    if (!killed) return 'done'
    this.#writeAbort()
    return 'killed'
  }

  /** Two children of one line: the gateway's copy of what was said, and the model's own aborted one. */
  #writeAbort(): void {
    const { run, session } = this.#plan
    const { model, sessionId } = session
    const { runId } = run
    const nowMs = this.#now()
    const parent = session.leaf
    if (this.#draft !== '') {
      const openclawAbort = { aborted: true, origin: 'rpc', runId }
      const facts = { idempotencyKey: `${runId}:assistant`, openclawAbort }
      session.append(gatewayLine(this.#draft, 'gateway-injected', nowMs, facts), nowMs)
    }
    const error = 'This operation was aborted'
    session.append(promptErrorLine({ runId, sessionId, model, error }, nowMs), nowMs, parent)
    const content: Block[] = this.#draft === '' ? [] : [{ type: 'text', text: this.#draft }]
    session.append(
      assistantLine(
        {
          content,
          model,
          usage: NO_USAGE,
          stopReason: 'aborted',
          nowMs,
          responseId: this.#responseId(),
        },
        { errorMessage: 'Request was aborted' },
      ),
      nowMs,
    )
  }

  #count(usage: Usage): void {
    this.#used.input += usage.input
    this.#used.output += usage.output
    this.#used.cacheRead += usage.cacheRead
    this.#used.cacheWrite += usage.cacheWrite
    this.#used.cost += usage.cost.total
  }

  #responseId(): string {
    this.#calls++
    return `chatcmpl-${this.#plan.run.runId.slice(0, 8)}-${this.#calls}`
  }

  #now(): number {
    return this.#plan.timeline.now()
  }

  #checkpoint(): Promise<void> {
    return this.#plan.timeline.wait(this.#plan.run.checkpoint())
  }

  /** About so many steps of time; ends at once when the run is killed. */
  #sleep(steps: number): Promise<void> {
    const { random, run, stepMs, timeline } = this.#plan
    const ms = Math.round(stepMs * steps * (0.6 + 0.8 * random.next()))
    return timeline.sleep(ms, run.signal)
  }
}

function callOf(step: Step): { name: string; args: Readonly<Record<string, unknown>> } {
  if (step.kind === 'tool') return { name: step.tool, args: step.args }
  if (step.kind === 'spawn') {
    return { name: 'sessions_spawn', args: { task: step.task, label: step.label } }
  }
  return { name: 'sessions_send', args: { sessionKey: step.to, message: step.message } }
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
