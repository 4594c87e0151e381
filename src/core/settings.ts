/** What an embedding host may tune; every field has a default. */
export interface ManagerSettings {
  /** Minutes since the last activity in which a session counts as active. Default 60. */
  readonly activeWindowMinutes: number
  /** Milliseconds a read waits for a store that has not answered yet before it is called down. Default 10,000. */
  readonly firstReadMs: number
  /** Milliseconds until a store or runtime whose changes broke off is asked again. Default 2,000. */
  readonly retryMs: number
  /** Transcripts whose sums are read at the same time. Default 2: requests share the disk with them. */
  readonly totalsConcurrency: number
  /** Milliseconds a read waits for sums that are not known yet; then they are `null`. Default 1,000. */
  readonly totalsWaitMs: number
  /** Transcripts of active sessions that are watched for foreign appends; each costs a subscription. Default 256. */
  readonly maxWatchedTranscripts: number
  /** Events that one feed keeps for its slower followers; who is further behind reads the transcript. Default 1,024. */
  readonly maxFeedEvents: number
  /** Entries that one read of a feed takes. Default 100. */
  readonly feedBatch: number
  /** Messages that a resume may replay before it is a reset. Default 10,000. */
  readonly maxResumeMessages: number
  /** Milliseconds that pause and stop wait for the running step before they answer `pausing` or `stopping`. Default 2,000. */
  readonly controlSettleMs: number
  /** Milliseconds in which an action has to be seen in the runtime, else `control_unverified`. Default 5,000. */
  readonly controlVerifyMs: number
  /** Events that are held for who comes back; who is further behind lists again. Default 10,000. */
  readonly maxLoggedEvents: number
  /** Bytes of them. Default 32 MiB. */
  readonly maxLoggedBytes: number
  /** Milliseconds between two events of one row, unless its run begins or ends. Default 250. */
  readonly rowEventIntervalMs: number
  /** Milliseconds between signs of life on a stream of events. Default 10,000: the contract promises one in 15 s. */
  readonly tickMs: number
  /** Milliseconds that a selected transcript is read on after the last subscriber left, so that one who reconnects has missed nothing. Default 60,000. */
  readonly tailLingerMs: number
}

export const DEFAULT_SETTINGS: ManagerSettings = Object.freeze({
  activeWindowMinutes: 60,
  firstReadMs: 10_000,
  retryMs: 2000,
  totalsConcurrency: 2,
  totalsWaitMs: 1000,
  maxWatchedTranscripts: 256,
  maxFeedEvents: 1024,
  feedBatch: 100,
  maxResumeMessages: 10_000,
  controlSettleMs: 2000,
  controlVerifyMs: 5000,
  maxLoggedEvents: 10_000,
  maxLoggedBytes: 32 * 1024 * 1024,
  rowEventIntervalMs: 250,
  tickMs: 10_000,
  tailLingerMs: 60_000,
})
