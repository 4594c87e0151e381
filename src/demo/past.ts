import type { RunHandle } from '../runtimes/in-process/index.js'
import { runStopped } from '../runtimes/in-process/run-stopped.js'
import type { Cast, Role } from './cast.js'
import type { DemoSession } from './demo-session.js'
import { endedEntry, freshEntry } from './entry.js'
import type { Random } from './random.js'
import type { Script } from './scripts/script.js'
import type { Job } from './session-card.js'
import type { StoreEntry } from './store-file.js'
import {
  announcementJob,
  cronJob,
  hookCard,
  peerJob,
  sentJob,
  spawnedCard,
  spawnedJob,
} from './team.js'
import { PastTime } from './timeline.js'
import type { Town } from './town.js'
import { type Colleagues, Turn } from './turn.js'

const MINUTE_MS = 60_000
/** Room for one turn of the past and the silence after it. */
const TURN_SPAN_MS = 50 * MINUTE_MS
const STEP_MS = 2_500

type Fate = 'done' | 'failed' | 'killed'

/** How the calls from outside ended: something of each, to look at. */
const HOOK_FATES: readonly Fate[] = ['failed', 'killed', 'done']

/** What happened in the town before anybody looked. Written as the gateway would have written it, only faster. */
export class Past {
  readonly #town: Town
  readonly #random: Random
  readonly #nowMs: number
  readonly #entries = new Map<string, Record<string, StoreEntry>>()

  constructor(town: Town, random: Random, nowMs: number) {
    this.#town = town
    this.#random = random
    this.#nowMs = nowMs
  }

  /** Adds everybody of the cast, with a history, and writes the stores. */
  async tell(cast: Cast): Promise<void> {
    for (const role of cast.roles) await this.#tellRole(role, peerJob)
    for (const role of cast.crons) {
      await this.#tellRole(role, (script) => cronJob(script, role.job))
    }
    for (const [n, fate] of HOOK_FATES.entries()) {
      const hook = this.#random.pick(cast.hooks)
      const time = this.#since(1)
      const session = this.#town.add(hookCard(hook, this.#random.uuid()), time.now())
      const job = peerJob(hook.scenario(this.#random.fork(`hook-${n}`)))
      await this.#play(session, job, time, fate)
    }
    await this.#save()
  }

  async #tellRole(role: Role, jobOf: (script: Script) => Job): Promise<void> {
    const time = this.#since(role.past)
    const session = this.#town.add(role.card, time.now())
    for (let turn = 0; turn < role.past; turn++) {
      if (session.isCron && turn > 0) this.#town.cronRuns.next(session, time.now())
      const random = session.random.fork(`past-${turn}`)
      const script = random.pick(role.pastScenarios ?? role.scenarios)(random)
      await this.#play(session, jobOf(script), time, 'done')
      await this.#answerWaiting(session, time)
      time.pass(random.int(4, 40) * MINUTE_MS)
    }
  }

  async #answerWaiting(session: DemoSession, time: PastTime): Promise<void> {
    for (const job of session.waiting.splice(0)) await this.#play(session, job, time, 'done')
  }

  async #play(session: DemoSession, job: Job, time: PastTime, fate: Fate): Promise<void> {
    const startedAtMs = time.now()
    const random = session.random.fork(`past-turn-${session.turns}`)
    session.turns++
    const run = pastRun(random.uuid(), fate, time)
    const result = await new Turn({
      session,
      run,
      prompt: job.prompt,
      // A killed one dies in the middle of its answer.
      work: fate === 'killed' ? { ...job.work, steps: [] } : job.work,
      timeline: time,
      random,
      stepMs: STEP_MS,
      colleagues: this.#colleagues(time),
      doomed: fate === 'failed',
    }).play()
    this.#note(session, (before) =>
      endedEntry(session, before, { ...result, startedAtMs, nowMs: time.now() }),
    )
  }

  #colleagues(time: PastTime): Colleagues {
    return {
      spawn: async (parent, step) => {
        const child = this.#town.add(spawnedCard(parent, step), time.now())
        const runId = parent.random.uuid()
        const killed = this.#random.chance(0.3)
        await this.#play(child, spawnedJob(step), time, killed ? 'killed' : 'done')
        if (!killed) parent.enqueue(announcementJob(step.announcement))
        return { sessionKey: child.key, runId }
      },
      send: (from, step) => {
        this.#town.sessions.get(step.to)?.enqueue(sentJob(from, step))
        return { runId: from.random.uuid() }
      },
    }
  }

  #note(session: DemoSession, change: (before: StoreEntry) => StoreEntry): void {
    const entries = this.#entries.get(session.agent) ?? {}
    this.#entries.set(session.agent, entries)
    for (const key of session.storeKeys) {
      entries[key] = change(entries[key] ?? freshEntry(session))
    }
  }

  async #save(): Promise<void> {
    for (const [agent, past] of this.#entries) {
      await this.#town.store(agent).update((entries) => Object.assign(entries, past))
    }
  }

  /** A time early enough for so many turns to be over by now. */
  #since(turns: number): PastTime {
    const jitter = this.#random.int(0, 5 * MINUTE_MS)
    return new PastTime(this.#nowMs - turns * TURN_SPAN_MS - jitter)
  }
}

/** Stands in for a run that nobody can see any more. */
function pastRun(
  runId: string,
  fate: Fate,
  time: PastTime,
): Pick<RunHandle, 'runId' | 'signal' | 'checkpoint'> {
  const abort = new AbortController()
  if (fate === 'killed') time.afterNextSleep(() => abort.abort(runStopped(runId, 'kill')))
  return { runId, signal: abort.signal, checkpoint: async () => {} }
}
