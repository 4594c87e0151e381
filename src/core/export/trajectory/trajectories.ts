import type { Follower } from '../../../contract/follow.js'
import type { Grant } from '../../../contract/grant.js'
import type {
  TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryQuery,
} from '../../../contract/trajectory.js'
import type { Signal } from '../../../system/signal.js'
import type { Standing } from '../../live/follower.js'
import type { KeptRow } from '../../rows/kept-row.js'
import type { Rows } from '../../rows/rows.js'
import { presentationOf } from '../../visibility/presentation.js'
import type { ReadableRow } from '../../visibility/previous.js'
import { followTrajectory, type TrajectoryHub } from './follow.js'
import { Logs } from './logs.js'
import { readTrajectory } from './page.js'
import { Pulled } from './pulled.js'

export interface TrajectoriesOptions {
  readonly rows: Pick<Rows, 'onChange'>
  readonly retryMs: number
  standing(key: string, grant: Grant): Standing
}

/** What runs did, page by page and as it happens. */
export class Trajectories implements TrajectoryHub {
  readonly #options: TrajectoriesOptions
  /** Of the followers, with the key that each of them follows. */
  readonly #bells = new Map<Signal, string>()
  readonly #closed = new AbortController()

  constructor(options: TrajectoriesOptions) {
    this.#options = options
    options.rows.onChange(({ keys, lineageMoved }) => {
      for (const [bell, key] of this.#bells) if (lineageMoved || keys.has(key)) bell.ring()
    })
  }

  /** Followers that are listening now. */
  get size(): number {
    return this.#bells.size
  }

  async page(row: ReadableRow, query: TrajectoryQuery, grant: Grant): Promise<TrajectoryPage> {
    const presentation = presentationOf(grant, query.maxChars)
    return (await readTrajectory(row, new Logs(row), query, presentation)).page
  }

  /** Costs nothing until it is consumed. */
  follow(
    { key }: KeptRow,
    query: TrajectoryFollowQuery,
    grant: Grant,
    signal: AbortSignal,
  ): Follower<TrajectoryFollowEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal])
    return new Pulled(followTrajectory({ key, query, grant, signal: ended }, this), ended)
  }

  /** Throws `source_unreadable` when there is something that cannot be read. */
  async assertReadable(row: KeptRow): Promise<void> {
    await new Logs(row).page({ limit: 1 })
  }

  get retryMs(): number {
    return this.#options.retryMs
  }

  standing(key: string, grant: Grant): Standing {
    return this.#options.standing(key, grant)
  }

  onMove(key: string, bell: Signal): () => void {
    this.#bells.set(bell, key)
    return () => this.#bells.delete(bell)
  }

  /** Ends every follower. May be called twice. */
  close(): void {
    this.#closed.abort()
  }
}
