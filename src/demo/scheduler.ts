import type { RunRegistry } from '../runtimes/in-process/index.js'
import type { Cast, CronRole, Role } from './cast.js'
import type { DemoSession } from './demo-session.js'
import type { Random } from './random.js'
import type { Scenario } from './scripts/script.js'
import type { Job } from './session-card.js'
import { announcementJob, cronJob, hookCard, peerJob } from './team.js'
import type { Timeline } from './timeline.js'
import type { Town, TurnEnd } from './town.js'

/** Runs that are kept going. Paused ones come on top, or pausing a few would still the whole town. */
const LEAST_LIVE = 3
const MOST_LIVE = 5
/** Nothing but people begins another run while so many are live. */
const CROWDED = 8
/** Steps until a session that an operator ended is used again: long enough to see that it stays ended. */
const REST_AFTER_CONTROL = 180
const LEAST_REST = 4
const MOST_REST = 20
const HOOK_CHANCE = 1 / 45
/** Sessions of sub-agents and hooks that stay after their end. Without a bound the town fills with them. */
const KEPT_PASSING = 16

export interface SchedulerOptions {
  town: Town
  cast: Cast
  registry: RunRegistry
  timeline: Timeline
  random: Random
  stepMs: number
  /** Something could not be written down. */
  report(error: unknown): void
}

/** Decides who does something next: clocks, machines that call in, messages that wait, and people. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #roles: ReadonlyMap<DemoSession, Role>
  readonly #nextCronMs = new Map<CronRole, number>()
  #goal = LEAST_LIVE + 1
  #closed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#roles = rolesOf(options)
    const nowMs = options.timeline.now()
    for (const [index, role] of options.cast.crons.entries()) {
      // Not all at once, and the first one soon enough to be seen.
      this.#nextCronMs.set(role, nowMs + options.stepMs * (12 + index * 25))
    }
    options.town.onEnd = (session, end) => this.#ended(session, end)
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => {
      this.#closed = true
    })
    const { random, stepMs, timeline } = this.#options
    for (;;) {
      await timeline.sleep(stepMs, signal).catch(() => {})
      if (this.#closed) return
      if (random.chance(0.1)) this.#goal = random.int(LEAST_LIVE, MOST_LIVE)
      await this.#step().catch(this.#options.report)
    }
  }

  /** Begins turns until enough runs are live: first where somebody waits, then where people have something to ask. */
  async fill(): Promise<void> {
    for (const session of this.#options.town.sessions.values()) {
      const job = session.waiting[0]
      if (job === undefined || !this.#canBegin(session) || this.#liveCount() >= CROWDED) continue
      session.waiting.shift()
      await this.#begin(session, job)
    }
    while (!this.#closed && this.#liveCount() < this.#goal) {
      const next = this.#pick()
      if (next === undefined) return
      const [session, role] = next
      await this.#begin(session, peerJob(this.#scriptFor(session, role.scenarios)))
    }
  }

  async #step(): Promise<void> {
    await this.#callIn()
    await this.fill()
    await this.#removeOldest()
  }

  async #callIn(): Promise<void> {
    const { cast, random, timeline, town } = this.#options
    for (const role of cast.crons) {
      if (timeline.now() < (this.#nextCronMs.get(role) ?? 0)) continue
      this.#nextCronMs.set(role, timeline.now() + role.everySteps * this.#options.stepMs)
      const session = town.sessions.get(role.card.key)
      session?.enqueue(cronJob(this.#scriptFor(session, role.scenarios), role.job))
    }
    if (random.chance(HOOK_CHANCE)) {
      const hook = random.pick(cast.hooks)
      const session = town.add(hookCard(hook, random.uuid()), timeline.now())
      session.enqueue(peerJob(this.#scriptFor(session, [hook.scenario])))
    }
  }

  async #begin(session: DemoSession, job: Job): Promise<void> {
    try {
      await this.#options.town.begin(session, job)
    } catch {
      // Reported by the town. Without a rest the same one would be tried again at once, for ever.
      this.#rest(session, LEAST_REST)
    }
  }

  #ended(session: DemoSession, end: TurnEnd): void {
    const { random, town } = this.#options
    this.#rest(session, end.controlled ? REST_AFTER_CONTROL : random.int(LEAST_REST, MOST_REST))
    if (session.announces !== null && end.outcome === 'done') {
      town.sessions.get(session.announces.to)?.enqueue(announcementJob(session.announces.text))
    }
    // At once, not with the next step: the town is never seen with too few runs.
    if (!this.#closed) void this.#options.timeline.act(() => this.fill())
  }

  #rest(session: DemoSession, steps: number): void {
    const { stepMs, timeline } = this.#options
    session.restUntilMs = timeline.now() + steps * stepMs
  }

  #canBegin(session: DemoSession): boolean {
    const { registry, timeline } = this.#options
    if (this.#closed || session.run !== null || timeline.now() < session.restUntilMs) return false
    return (registry.session(session.key)?.hold ?? null) === null
  }

  #liveCount(): number {
    const { registry, town } = this.#options
    let live = 0
    for (const { key, run } of town.sessions.values()) {
      if (run !== null && (registry.session(key)?.hold ?? null) === null) live++
    }
    return live
  }

  /** A free session, the more likely the more weight its role has. */
  #pick(): [DemoSession, Role] | undefined {
    const free = [...this.#roles].filter(
      ([session, role]) => role.weight > 0 && this.#canBegin(session),
    )
    const total = free.reduce((sum, [, role]) => sum + role.weight, 0)
    let rest = this.#options.random.next() * total
    return free.find(([, role]) => {
      rest -= role.weight
      return rest < 0
    })
  }

  #scriptFor(session: DemoSession, scenarios: readonly [Scenario, ...Scenario[]]) {
    const random = session.random.fork(`script-${session.turns}-${session.random.hex(6)}`)
    return random.pick(scenarios)(random)
  }

  async #removeOldest(): Promise<void> {
    const { town } = this.#options
    const ended = [...town.sessions.values()].filter(
      (session) => !this.#roles.has(session) && session.run === null && session.turns > 0,
    )
    const [oldest] = ended
    if (oldest !== undefined && ended.length > KEPT_PASSING) await town.remove(oldest)
  }
}

function rolesOf({ cast, town }: SchedulerOptions): Map<DemoSession, Role> {
  const roles = new Map<DemoSession, Role>()
  for (const role of [...cast.roles, ...cast.crons]) {
    const session = town.sessions.get(role.card.key)
    if (session !== undefined) roles.set(session, role)
  }
  return roles
}
