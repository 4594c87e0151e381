import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { EventResetReason } from '../../../contract/live-event.js'
import type { ManagerGauges, ManagerObserver, ObservedManager } from '../../../contract/metrics.js'
import { ResetReason } from '../../../contract/position.js'

/** From one follower to thousands of them on a busy machine. Seconds. */
const DELIVERY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** From a store of ten sessions to one of a hundred thousand. Seconds. */
const REFRESH_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

/** Numbers that go up and down: name → what it says, and where it stands. */
const GAUGES: Readonly<Record<string, readonly [string, (gauges: ManagerGauges) => number]>> = {
  rows: ['Sessions that are kept.', ({ rows }) => rows],
  followers: ['Followers of sessions, over every surface.', ({ followers }) => followers],
  event_subscribers: [
    'Subscribers of the stream of all changes, over every surface.',
    ({ eventSubscribers }) => eventSubscribers,
  ],
  event_tails: [
    'Transcripts that are read on for those subscribers.',
    ({ eventTails }) => eventTails,
  ],
  event_log_entries: [
    'Changes that are held for subscribers who come back.',
    ({ loggedEvents }) => loggedEvents,
  ],
  event_log_bytes: ['Memory of these changes, roughly.', ({ loggedBytes }) => loggedBytes],
  follow_subscriptions: [
    'Feeds that followers share, one for each transcript and variant.',
    ({ feeds }) => feeds,
  ],
  watched_transcripts: [
    'Transcripts whose changes are listened for.',
    ({ watchedTranscripts }) => watchedTranscripts,
  ],
  watched_directories: ['Directories that are watched.', ({ stores }) => stores.watchedDirectories],
  pending_sums: ['Sessions whose sums wait to be read.', ({ pendingTotals }) => pendingTotals],
  index_bytes: ['Memory of transcript indexes.', ({ stores }) => stores.indexBytes],
  index_pending_scans: [
    'Scans of transcripts that wait for their turn.',
    ({ stores }) => stores.pendingScans,
  ],
}

/** Measures a manager until the returned function is called. */
export function measureManager(registry: Registry, manager: ObservedManager): () => void {
  const registers = [registry]
  for (const [name, [help, read]] of Object.entries(GAUGES))
    new Gauge({
      name: `sessions_api_${name}`,
      help,
      registers,
      collect() {
        this.set(read(manager.gauges()))
      },
    })
  new Gauge({
    name: 'sessions_api_sources',
    help: 'Places that sessions are read from.',
    labelNames: ['status'],
    registers,
    collect() {
      for (const [status, count] of Object.entries(manager.gauges().sources))
        this.set({ status }, count)
    },
  })
  return manager.observe(observerIn(registers))
}

function observerIn(registers: Registry[]): ManagerObserver {
  const delivery = new Histogram({
    name: 'sessions_api_follow_delivery_seconds',
    help: 'Time from the notice of a change until the last follower in step had been sent it.',
    buckets: DELIVERY_BUCKETS,
    registers,
  })
  const refresh = new Histogram({
    name: 'sessions_api_store_refresh_seconds',
    help: 'Time to read and compare a store that has changed.',
    buckets: REFRESH_BUCKETS,
    registers,
  })
  const catchUps = new Counter({
    name: 'sessions_api_follow_catch_ups_total',
    help: 'Times that a follower had no room for news and went on from the transcript.',
    registers,
  })
  const resets = new Counter({
    name: 'sessions_api_follow_resets_total',
    help: 'Times that a follower was told that its place is gone.',
    labelNames: ['reason'],
    registers,
  })
  const eventResets = new Counter({
    name: 'sessions_api_event_resets_total',
    help: 'Times that a subscriber of the stream of all changes was told that something was missed.',
    labelNames: ['reason'],
    registers,
  })
  // A series that begins with its first event hides that event from a rate.
  for (const reason of ResetReason.options) resets.inc({ reason }, 0)
  for (const reason of EventResetReason.options) eventResets.inc({ reason }, 0)
  return {
    delivered: (ms) => delivery.observe(ms / 1000),
    refreshed: (ms) => refresh.observe(ms / 1000),
    caughtUp: () => catchUps.inc(),
    reset: (reason) => resets.inc({ reason }),
    eventReset: (reason) => eventResets.inc({ reason }),
  }
}
