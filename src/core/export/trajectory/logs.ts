import type { TrajectoryPlace } from '../../../contract/trajectory.js'
import {
  keepsTrajectories,
  type LogPage,
  type LogPageRequest,
  type LogSlice,
  type TrajectoryLog,
} from '../../../contract/trajectory-log.js'
import { SessionsError } from '../../../errors.js'
import type { ReadableRow } from '../../visibility/previous.js'
import { DerivedLog, isDerived } from './derived-log.js'

/** A page, and the log that it is of. */
export interface PageOf {
  readonly log: TrajectoryLog
  readonly page: LogPage
}

/** What there is to read of a session: its recording where there is one, else its transcript. */
export class Logs {
  readonly #recorded: TrajectoryLog | null
  readonly #derived: TrajectoryLog

  constructor(row: ReadableRow) {
    const { store, stored } = row
    this.#recorded = keepsTrajectories(store) ? store.trajectory(stored) : null
    this.#derived = new DerivedLog(row)
  }

  /** Either may begin to grow. */
  get all(): readonly TrajectoryLog[] {
    return this.#recorded === null ? [this.#derived] : [this.#recorded, this.#derived]
  }

  /** Throws `cursor_gone`. A cursor in a transcript holds on when a recording has begun since. */
  async page(request: LogPageRequest): Promise<PageOf> {
    const { before } = request
    const wanted = before === undefined ? this.all : [this.#logOf(before)]
    for (const log of wanted) {
      const page = (await log?.page(request)) ?? null
      if (log !== null && page !== null) return { log, page }
    }
    throw new SessionsError(
      'cursor_gone',
      'The recording that this cursor was given for is no more; begin again without a cursor.',
    )
  }

  /** `null`: there is another log to be read now. */
  async after(
    place: TrajectoryPlace,
    limit: number,
  ): Promise<{ log: TrajectoryLog; slice: LogSlice } | null> {
    const recorded = this.#recorded
    if (isDerived(place) && recorded !== null && (await recorded.page({ limit: 1 })) !== null)
      return null
    const log = this.#logOf(place)
    const slice = (await log?.after(place, limit)) ?? null
    return log === null || slice === null ? null : { log, slice }
  }

  #logOf(place: TrajectoryPlace): TrajectoryLog | null {
    return isDerived(place) ? this.#derived : this.#recorded
  }
}
