import type { ControlAction } from '../../contract/control.js'

/** An action on its way, from its request to its answer. */
export interface Order {
  readonly action: ControlAction
  readonly by: string
  /** A later order that wants the opposite. */
  readonly supersededBy: Order | null
}

const OPPOSITE: Partial<Record<ControlAction, ControlAction>> = { pause: 'resume', resume: 'pause' }

/**
 * Orders on their way, by session. Two operators who want opposite things are both obeyed, in turn; the earlier one then
 * cannot be shown what he asked for, and is told so instead of waiting for it.
 */
export class Orders {
  readonly #open = new Map<string, Set<{ -readonly [K in keyof Order]: Order[K] }>>()

  /** Runs `work` with the order of it. */
  async during<T>(
    key: string,
    action: ControlAction,
    by: string,
    work: (order: Order) => Promise<T>,
  ): Promise<T> {
    const open = this.#open.get(key) ?? new Set()
    this.#open.set(key, open)
    const order = { action, by, supersededBy: null }
    for (const other of open) if (other.action === OPPOSITE[action]) other.supersededBy ??= order
    open.add(order)
    try {
      return await work(order)
    } finally {
      open.delete(order)
      if (open.size === 0) this.#open.delete(key)
    }
  }
}
