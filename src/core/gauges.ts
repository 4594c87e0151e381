import { isObservedStore, type ManagerGauges, type StoreGauges } from '../contract/metrics.js'
import type { Store } from '../contract/store.js'
import type { Trajectories } from './export/trajectory/trajectories.js'
import type { LiveEvents } from './live/events/index.js'
import type { Followers } from './live/followers.js'
import type { Watches } from './live/watches.js'
import type { Rows } from './rows/rows.js'
import type { Sources } from './rows/sources.js'
import type { Totals } from './rows/totals.js'

export interface Measured {
  readonly stores: readonly Store[]
  readonly rows: Rows
  readonly sources: Sources
  readonly followers: Followers
  readonly trajectories: Pick<Trajectories, 'size'>
  readonly events: Pick<LiveEvents, 'size' | 'tails' | 'log'>
  readonly watches: Watches
  readonly totals: Totals
}

/** Where everything stands now; counts that are kept anyway, nothing is looked for. */
export function gaugesOf({
  events,
  followers,
  rows,
  sources,
  stores,
  totals,
  trajectories,
  watches,
}: Measured): ManagerGauges {
  return {
    rows: sum(stores.map((store) => rows.census.count(store, null))),
    sources: statesOf(sources),
    followers: followers.size + trajectories.size,
    eventSubscribers: events.size,
    eventTails: events.tails,
    loggedEvents: events.log.size,
    loggedBytes: events.log.bytes,
    feeds: followers.feeds.size,
    watchedTranscripts: watches.size,
    pendingTotals: totals.pending,
    stores: together(stores),
  }
}

function statesOf(sources: Sources): ManagerGauges['sources'] {
  const states = { ok: 0, degraded: 0, down: 0 }
  for (const { status } of sources.all()) states[status] += 1
  return states
}

function together(stores: readonly Store[]): StoreGauges {
  const all = stores.filter(isObservedStore).map((store) => store.gauges())
  return {
    indexBytes: sum(all.map(({ indexBytes }) => indexBytes)),
    pendingScans: sum(all.map(({ pendingScans }) => pendingScans)),
    watchedDirectories: sum(all.map(({ watchedDirectories }) => watchedDirectories)),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
