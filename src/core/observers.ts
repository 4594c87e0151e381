import type { EventResetReason } from '../contract/live-event.js'
import type { ManagerObserver } from '../contract/metrics.js'
import type { ResetReason } from '../contract/position.js'

/** All who want to be told of what happens in a manager, told as one. */
export class Observers implements ManagerObserver {
  readonly #entries = new Set<{ readonly observer: ManagerObserver }>()

  /** Until the returned function is called. */
  add(observer: ManagerObserver): () => void {
    // An entry of its own: an observer may be given twice.
    const entry = { observer }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  delivered(ms: number): void {
    for (const { observer } of this.#entries) observer.delivered(ms)
  }

  refreshed(ms: number): void {
    for (const { observer } of this.#entries) observer.refreshed(ms)
  }

  reset(reason: ResetReason): void {
    for (const { observer } of this.#entries) observer.reset(reason)
  }

  eventReset(reason: EventResetReason): void {
    for (const { observer } of this.#entries) observer.eventReset(reason)
  }

  caughtUp(): void {
    for (const { observer } of this.#entries) observer.caughtUp()
  }
}
