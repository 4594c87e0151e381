import { seesOccupants } from '../../contract/occupant.js'
import type { Runtime } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'

/**
 * Throws `unavailable` while a store may be in the hands of a gateway that cannot be used: some releases write it without
 * a lock, and would undo what is written here, or be undone.
 */
export async function assertUnoccupied(
  stores: readonly object[],
  runtime: Runtime | null,
): Promise<void> {
  for (const one of [...(runtime === null ? [] : [runtime]), ...stores]) {
    const occupant = seesOccupants(one) ? await one.occupant() : null
    if (occupant !== null)
      throw new SessionsError('unavailable', `${occupant} Nothing was changed.`, {
        details: { reason: 'gateway_running' },
      })
  }
}
