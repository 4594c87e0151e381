import type { Config } from '../config/config.js'
import type { Store, StoreChange, StoredNow } from '../contract/store.js'
import { SessionsError } from '../errors.js'
import { type Narrowing, openStores } from './compose.js'
import { chooseStateSource } from './state-source.js'

/**
 * Reads once which sessions are stored; none of a demo. Nothing is written and no gateway is asked. Throws `unavailable`
 * when the signal comes first.
 */
export async function readStored(
  config: Config,
  narrowing: Narrowing,
  signal: AbortSignal,
): Promise<StoredNow> {
  const source = await chooseStateSource(config)
  if (source.kind === 'demo') return { sessions: [], agents: [] }
  const stores = openStores(narrowing, { stateDir: source.path, useNotification: false })
  try {
    const changes = await Promise.all(stores.map((store) => firstChange(store, signal)))
    return {
      sessions: changes.flatMap(({ upserted }) => upserted),
      agents: changes.flatMap(({ configuredAgents }) => configuredAgents ?? []),
    }
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}

/** It holds everything. */
async function firstChange(store: Store, signal: AbortSignal): Promise<StoreChange> {
  for await (const change of store.changes(signal)) return change
  throw new SessionsError('unavailable', 'The stores could not be read in time; try again.')
}
