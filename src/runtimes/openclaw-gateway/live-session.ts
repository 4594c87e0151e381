/** One live run as far as the gateway told. */
export interface SeenRun {
  /** As it is shown: a run whose id was not known at first keeps the name it was given. */
  readonly runId: string
  readonly startedAtMs: number
  /** When it was last heard of. */
  seenAtMs: number
  /** False while only a row has told of it: an abort may not find it yet. */
  hasSpoken: boolean
  /** Calls that have begun and not ended. */
  readonly tools: Set<string>
}

/** The live runs of one session. A run that was going on before we came has a name of ours until its own is heard. */
export class LiveSession {
  /** As soon as the gateway has told. */
  spawnedBy: string | null
  readonly #runs = new Map<string, SeenRun>()
  /** The gateway's id → the name of ours. */
  readonly #names = new Map<string, string>()
  #unnamed: string | null = null

  constructor(spawnedBy: string | null) {
    this.spawnedBy = spawnedBy
  }

  /** The one that began first. */
  get current(): SeenRun | null {
    const [first] = this.#runs.values()
    return first ?? null
  }

  get size(): number {
    return this.#runs.size
  }

  get runs(): Iterable<SeenRun> {
    return this.#runs.values()
  }

  find(runId: string): SeenRun | undefined {
    return this.#runs.get(this.#names.get(runId) ?? runId)
  }

  begin(runId: string, startedAtMs: number, seenAtMs: number): SeenRun {
    const run = { runId, startedAtMs, seenAtMs, hasSpoken: false, tools: new Set<string>() }
    this.#runs.set(runId, run)
    return run
  }

  beginUnnamed(name: string, startedAtMs: number, seenAtMs: number): void {
    this.begin(name, startedAtMs, seenAtMs)
    this.#unnamed = name
  }

  /** The first run that is heard of by its own name is the one that had none; `undefined` when there is none such. */
  adopt(runId: string): SeenRun | undefined {
    if (this.#unnamed === null) return undefined
    this.#names.set(runId, this.#unnamed)
    this.#unnamed = null
    return this.find(runId)
  }

  end(run: SeenRun): void {
    this.#runs.delete(run.runId)
    if (this.#unnamed === run.runId) this.#unnamed = null
  }
}
