import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlAnswer } from '../../src/contract/control.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Runtime, RuntimeSession } from '../../src/contract/runtime.js'
import { createSessionManager } from '../../src/core/index.js'
import { SessionsError } from '../../src/errors.js'
import { createRunRegistry, isRunStopped } from '../../src/runtimes/in-process/index.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'

/** Refusals that are true answers: the other operator was faster, or a step takes its time. */
const HONEST = new Set(['superseded'])

/** What two operators found when they pressed everything on everything. */
export interface Findings {
  readonly answers: number
  readonly runs: number
  readonly outcomes: ReadonlyMap<string, number>
  /** Answers that the runtime never showed, states that cannot be, and errors that nobody can explain. */
  readonly lies: readonly string[]
}

/**
 * Two operators press kill, stop, pause and resume at random on sessions whose agents work on and on. Every state that the
 * runtime shows is written down by a witness of its own, who does not use the manager's words, and every answer is held
 * against it.
 */
export async function letOperatorsPlay(options: {
  readonly sessions: number
  readonly forMs: number
  readonly random: () => number
}): Promise<Findings> {
  const { forMs, random, sessions } = options
  const registry = createRunRegistry()
  const witness = new Witness(registry)
  const store = memoryStore()
  const keys = Array.from({ length: sessions }, (_, n) => `agent:main:s${n}`)
  for (const key of keys) store.put({ key, sessionId: key.replaceAll(':', '-') })
  const manager = createSessionManager({ stores: [store], runtime: witness, version: '0.0.0' })
  const closing = new AbortController()
  const outcomes = new Map<string, number>()
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  let runs = 0
  let answers = 0

  const agent = async (sessionKey: string) => {
    while (!closing.signal.aborted) {
      const run = await registry.admit({ sessionKey }).catch(() => null)
      if (run === null) continue
      runs++
      try {
        for (let step = Math.ceil(random() * 20); step > 0; step--) {
          await run.checkpoint()
          await sleep(random() * 8, undefined, { signal: run.signal }).catch(() => {})
        }
        run.end(random() < 0.1 ? 'failed' : 'done')
      } catch (error) {
        if (!isRunStopped(error)) throw error
        run.end()
      }
      await sleep(random() * 10)
    }
  }
  const operator = async (name: string) => {
    const actions = ['kill', 'stop', 'pause', 'resume', 'pause', 'resume'] as const
    const grant = { ...FULL_GRANT, name }
    while (!closing.signal.aborted) {
      const key = keys[Math.floor(random() * keys.length)] ?? ''
      const action = actions[Math.floor(random() * actions.length)] ?? 'kill'
      const from = witness.now
      try {
        const answer = await manager.control(key, { action }, grant)
        answers++
        count(answer.outcome)
        witness.check(answer, from)
      } catch (error) {
        if (!(error instanceof SessionsError) || !HONEST.has(error.code))
          witness.lies.push(`${action} of ${key}: ${error}`)
        else count(error.code)
      }
      await sleep(random() * 3)
    }
  }

  const agents = keys.map((key) => agent(key))
  const operators = ['anna', 'ben'].flatMap((name) => [operator(name), operator(name)])
  await sleep(forMs)
  closing.abort()
  await Promise.all(operators)
  for (const key of keys) {
    await registry.act(key, 'resume', { by: 'end', reason: null })
    await registry.act(key, 'kill', { by: 'end', reason: null })
  }
  await Promise.all(agents)
  await checkRows(keys, manager, witness)
  await manager.close()
  await store.close()
  await registry.close()
  return { answers, runs, outcomes, lies: witness.lies }
}

/** In the end nothing is live or held, and every row says so. */
async function checkRows(
  keys: readonly string[],
  manager: ReturnType<typeof createSessionManager>,
  witness: Witness,
): Promise<void> {
  for (const key of keys) {
    const { session } = await manager.get(key, FULL_GRANT)
    if (['running', 'pausing', 'paused', 'stopping'].includes(session.status))
      witness.lies.push(`${key} is ${session.status} in the end: ${session.statusReason}`)
  }
}

interface Sight {
  readonly at: number
  readonly phase: string | null
  readonly held: boolean
  readonly runId: string | null
  readonly lastRun: string | null
}

/** Stands between manager and runtime and writes down what the runtime says; time is a count of what was written. */
class Witness implements Runtime {
  readonly lies: string[] = []
  readonly #runtime: Runtime
  readonly #seen = new Map<string, Sight[]>()
  now = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get id() {
    return this.#runtime.id
  }

  get controls() {
    return this.#runtime.controls
  }

  health() {
    return this.#runtime.health()
  }

  session(key: string): RuntimeSession | null {
    const session = this.#runtime.session(key)
    const sights = this.#seen.get(key) ?? []
    this.#seen.set(key, sights)
    const { hold = null, lastRun = null, run = null } = session ?? {}
    if (run !== null && (run.phase === 'paused' || run.phase === 'pausing') && hold === null)
      this.lies.push(`${key} is ${run.phase} and nobody holds it`)
    if (run?.phase === 'running' && hold !== null) this.lies.push(`${key} runs although it is held`)
    sights.push({
      at: ++this.now,
      phase: run?.phase ?? null,
      held: hold !== null,
      runId: run?.runId ?? null,
      lastRun: lastRun === null ? null : `${lastRun.runId} ${lastRun.outcome}`,
    })
    // Only what answers on their way can still be held against matters.
    if (sights.length > 2000) sights.splice(0, 1000)
    return session
  }

  async act(...given: Parameters<Runtime['act']>): Promise<void> {
    await this.#runtime.act(...given)
  }

  changes(signal: AbortSignal) {
    return this.#runtime.changes(signal)
  }

  async close(): Promise<void> {}

  /** The runtime must have shown what the answer says at some moment between question and answer. */
  check({ action, outcome, runId, session }: ControlAnswer, from: number): void {
    const sights = (this.#seen.get(session) ?? []).filter(({ at }) => at > from)
    const gone = ({ lastRun, runId: live }: Sight) =>
      live !== runId && (lastRun?.startsWith(`${runId} `) ?? true)
    const shows: Record<ControlAnswer['outcome'], (sight: Sight) => boolean> = {
      paused: ({ held, phase }) => held && (phase === null || phase === 'paused'),
      pausing: ({ held, phase }) => held && (phase === 'pausing' || phase === 'stopping'),
      resumed: ({ held, phase }) => !held && phase !== 'paused' && phase !== 'pausing',
      stopped: (sight) => runId !== null && gone(sight),
      stopping: (sight) => sight.runId === runId && sight.phase === 'stopping',
      killed: (sight) => runId !== null && gone(sight) && !/ done$/.test(sight.lastRun ?? ''),
      no_active_run: ({ phase }) => phase === null,
      already: ({ held, phase }) =>
        action === 'pause' ? held && phase !== 'running' : !held && phase !== 'paused',
    }
    if (!sights.some(shows[outcome]))
      this.lies.push(`${action} of ${session} was answered ${outcome}, which was never so`)
  }
}
