import { isRunStopped, type RunHandle } from '../runtimes/in-process/index.js'
import type { DemoSession } from './demo-session.js'
import type { Prompt } from './messages.js'
import type { Random } from './random.js'
import type { SendStep, SpawnStep, Step, Work } from './scripts/script.js'
import type { Timeline } from './timeline.js'
import { type RunUsage, type ToolOutcome, TurnRecord } from './turn-record.js'

/** How likely a turn begins with a provider that is overloaded, and how likely it stays so. */
const OVERLOAD = 0.05
const STAYS_OVERLOADED = 0.3
const TRIES = 3

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
  readonly usage: Readonly<RunUsage>
}

/** The host's loop of one run: prompt, model call, tool, model call, ... with a checkpoint between the steps. */
export class Turn {
  readonly #plan: TurnPlan
  readonly #record: TurnRecord

  constructor(plan: TurnPlan) {
    this.#plan = plan
    const { random, run, session, timeline } = plan
    this.#record = new TurnRecord(session, run.runId, random, () => timeline.now())
  }

  async play(): Promise<TurnResult> {
    const { usage } = this.#record
    try {
      if (!(await this.#reachProvider())) return { outcome: 'failed', controlled: false, usage }
      for (const step of this.#plan.work.steps) await this.#take(step)
      await this.#answer(this.#plan.work.answer)
      return { outcome: 'done', controlled: false, usage }
    } catch (error) {
      if (!isRunStopped(error)) throw error
      return { outcome: this.#leave(error.details.reason), controlled: true, usage }
    }
  }

  /** Writes the prompt; an overloaded provider is tried again, and the prompt repeated. False: it stays overloaded. */
  async #reachProvider(): Promise<boolean> {
    const { doomed, prompt, random } = this.#plan
    await this.#checkpoint()
    let overloaded = doomed === true || random.chance(OVERLOAD)
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (prompt !== null) this.#record.hear(prompt)
      if (!overloaded) return true
      await this.#sleep(1)
      this.#record.overload()
      overloaded = doomed === true || random.chance(STAYS_OVERLOADED)
      await this.#checkpoint()
    }
    return false
  }

  async #take(step: Step): Promise<void> {
    await this.#beginCall()
    await this.#sleep(1)
    this.#record.call(step)
    await this.#checkpoint()
    this.#record.result(await this.#perform(step))
  }

  async #answer(text: string): Promise<void> {
    await this.#beginCall()
    this.#record.draft(text)
    await this.#sleep(1)
    this.#record.answer(text)
  }

  async #perform(step: Step): Promise<ToolOutcome> {
    const { colleagues, session } = this.#plan
    await this.#sleep(step.kind === 'tool' ? (step.slow ?? 1) : 0.5)
    if (step.kind === 'tool') return outcomeOf(step)
    if (step.kind === 'spawn') {
      const { runId, sessionKey } = await colleagues.spawn(session, step)
      return told({ status: 'accepted', childSessionKey: sessionKey, runId, mode: 'run' })
    }
    const { runId } = colleagues.send(session, step)
    return told({ runId, status: 'accepted', sessionKey: step.to })
  }

  async #beginCall(): Promise<void> {
    await this.#checkpoint()
    const { random, session, timeline } = this.#plan
    session.compactIfFull(timeline.now(), random)
  }

  #leave(reason: unknown): 'done' | 'killed' {
    if (reason === 'stop') {
      this.#record.stopped()
      return 'done'
    }
    this.#record.aborted()
    return 'killed'
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

function outcomeOf({ failed, picture, result }: ToolOutcome): ToolOutcome {
  return {
    result,
    ...(failed === undefined ? {} : { failed }),
    ...(picture === undefined ? {} : { picture }),
  }
}

function told(value: unknown): ToolOutcome {
  return { result: JSON.stringify(value, null, 2) }
}
