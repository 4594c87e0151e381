import { rm } from 'node:fs/promises'
import { isRunStopped, type RunHandle, type RunRegistry } from '../runtimes/in-process/index.js'
import { type FileLock, lockTranscript } from '../stores/openclaw/writing/file-lock.js'
import { DemoSession } from './demo-session.js'
import { endedEntry, freshEntry, runningEntry } from './entry.js'
import type { Random } from './random.js'
import type { SendStep, SpawnStep } from './scripts/script.js'
import type { Job, SessionCard } from './session-card.js'
import type { StateFolder } from './state-folder.js'
import { DemoStoreFile, type StoreEntry } from './store-file.js'
import { sentJob, spawnedCard, spawnedJob } from './team.js'
import type { Timeline } from './timeline.js'
import { type Colleagues, Turn, type TurnResult } from './turn.js'

/** A transcript that is longer begins anew at the next turn; without that, a demo left alone fills the disk. */
const MAX_TRANSCRIPT_BYTES = 2 * 1024 * 1024

export interface TownOptions {
  folder: StateFolder
  registry: RunRegistry
  timeline: Timeline
  random: Random
  stepMs: number
  /** How the last turn went: an error when it could not be written down, which the town survives. */
  report(error: unknown): void
}

export interface TurnEnd {
  readonly outcome: TurnResult['outcome']
  /** An operator ended it. */
  readonly controlled: boolean
}

const FAILED: TurnResult = {
  outcome: 'failed',
  controlled: false,
  usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 },
}

/** All sessions of the demo, and the one way in which a turn begins, is played and ends. */
export class Town implements Colleagues {
  readonly sessions = new Map<string, DemoSession>()
  readonly #options: TownOptions
  readonly #stores = new Map<string, DemoStoreFile>()
  readonly #live = new Set<Promise<unknown>>()
  readonly cronRuns = new CronRuns()
  /** Called after a run has ended, so that the next one can begin at once. */
  onEnd: (session: DemoSession, end: TurnEnd) => void = () => {}

  constructor(options: TownOptions) {
    this.#options = options
  }

  add(card: SessionCard, nowMs: number): DemoSession {
    const { folder, random } = this.#options
    const session = new DemoSession(card, folder, random.fork(card.key), nowMs)
    this.sessions.set(session.key, session)
    return session
  }

  store(agent: string): DemoStoreFile {
    const known = this.#stores.get(agent)
    if (known !== undefined) return known
    const store = new DemoStoreFile(this.#options.folder.store(agent))
    this.#stores.set(agent, store)
    return store
  }

  /** Begins a turn and plays it in the background; resolves once the store says `running` and the transcript is locked. */
  begin(session: DemoSession, job: Job, parent?: DemoSession): Promise<RunHandle> {
    const run = this.#options.registry.start({
      sessionKey: session.key,
      runId: session.random.uuid(),
      ...(parent === undefined ? {} : { parentSessionKey: parent.key }),
    })
    session.run = run
    return this.#track(this.#open(session, run, job))
  }

  async spawn(
    parent: DemoSession,
    step: SpawnStep,
  ): Promise<{ sessionKey: string; runId: string }> {
    const child = this.add(spawnedCard(parent, step), this.#now())
    const run = await this.begin(child, spawnedJob(step), parent)
    return { sessionKey: child.key, runId: run.runId }
  }

  send(from: DemoSession, step: SendStep): { runId: string } {
    this.sessions.get(step.to)?.enqueue(sentJob(from, step))
    return { runId: from.random.uuid() }
  }

  /** Takes an ended session out of the town and its store. */
  async remove(session: DemoSession): Promise<void> {
    this.sessions.delete(session.key)
    await this.store(session.agent).update((entries) => {
      for (const key of session.storeKeys) delete entries[key]
    })
    await rm(session.file, { force: true })
  }

  /** Resolves when every live run has ended. */
  async settled(): Promise<void> {
    while (this.#live.size > 0) await Promise.allSettled(this.#live)
  }

  async #open(session: DemoSession, run: RunHandle, job: Job): Promise<RunHandle> {
    let lock: FileLock | null = null
    try {
      await this.#makeRoom(session)
      lock = await lockTranscript(session.file)
      await this.#write(session, (before) => runningEntry(session, before, this.#now()))
    } catch (error) {
      this.#options.report(error)
      await this.#finish(session, run, lock, FAILED)
      throw error
    }
    const held = lock
    void this.#track(this.#options.timeline.act(() => this.#play(session, run, held, job)))
    return run
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#live.add(work)
    const done = () => this.#live.delete(work)
    work.then(done, done)
    return work
  }

  async #play(session: DemoSession, run: RunHandle, lock: FileLock, job: Job): Promise<void> {
    const { random, stepMs, timeline } = this.#options
    const startedAtMs = this.#now()
    let result = FAILED
    try {
      // The first step comes later than the start, whoever began it.
      await timeline.sleep(0, run.signal).catch(ignoreStop)
      session.turns++
      result = await new Turn({
        session,
        run,
        ...job,
        timeline,
        random: random.fork(`${session.key}#${session.turns}`),
        stepMs,
        colleagues: this,
      }).play()
      await this.#write(session, (before) =>
        endedEntry(session, before, { ...result, startedAtMs, nowMs: this.#now() }),
      )
      this.#options.report(null)
    } catch (error) {
      this.#options.report(error)
    }
    await this.#finish(session, run, lock, result)
  }

  async #finish(
    session: DemoSession,
    run: RunHandle,
    lock: FileLock | null,
    end: TurnEnd,
  ): Promise<void> {
    await lock?.release().catch(this.#options.report)
    session.run = null
    // Queued turns go with a kill.
    if (run.signal.aborted) session.waiting.length = 0
    run.end(end.outcome)
    this.onEnd(session, end)
  }

  async #makeRoom(session: DemoSession): Promise<void> {
    if (!session.isCron) {
      if (session.bytes > MAX_TRANSCRIPT_BYTES) session.reset(this.#now())
      return
    }
    const removed = this.cronRuns.next(session, this.#now())
    if (removed === null) return
    await this.store(session.agent).update((entries) => {
      delete entries[removed.key]
    })
    await rm(removed.file, { force: true })
  }

  async #write(session: DemoSession, change: (before: StoreEntry) => StoreEntry): Promise<void> {
    await this.store(session.agent).update((entries) => {
      for (const key of session.storeKeys) {
        entries[key] = change(entries[key] ?? freshEntry(session))
      }
    })
  }

  #now(): number {
    return this.#options.timeline.now()
  }
}

/** A kill before the first step is found again at the first checkpoint. */
function ignoreStop(error: unknown): void {
  if (!isRunStopped(error)) throw error
}

/** Runs of one job whose transcripts and keys are kept; a minute-by-minute job would fill the disk. */
const KEPT_RUNS = 4

interface CronRun {
  /** Key of the store for this run alone. */
  readonly key: string
  readonly file: string
}

/** The runs of cron jobs: each has a transcript and a key of its own. Source: formats 2026.4 §2. */
class CronRuns {
  readonly #byJob = new Map<string, CronRun[]>()

  /** Gives the session a new transcript for its next run; returns the run that is too old to be kept. */
  next(session: DemoSession, nowMs: number): CronRun | null {
    const runs = this.#byJob.get(session.key) ?? []
    this.#byJob.set(session.key, runs)
    for (const key of session.storeKeys) {
      if (key !== session.key) runs.push({ key, file: session.file })
    }
    session.renew(nowMs)
    return runs.length > KEPT_RUNS ? (runs.shift() ?? null) : null
  }
}
