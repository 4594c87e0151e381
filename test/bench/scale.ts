/** How much is measured: counts and sizes of every row. */
export interface Scale {
  readonly transcriptMiB: number
  /** Sizes of the plotted curve, in MiB. */
  readonly curveMiB: readonly number[]
  readonly sessions: number
  readonly manySessions: number
  /** Entries of the one large store. */
  readonly storeEntries: number
  readonly loadSeconds: number
  readonly churnSeconds: number
  readonly appends: number
  readonly broadcasts: number
  readonly storeChanges: number
  readonly idleFollowers: number
  readonly feedSeconds: number
  readonly pages: number
  readonly crowdedSessions: number
}

export const FULL_SCALE: Scale = {
  transcriptMiB: 1024,
  curveMiB: [1, 10, 100, 500, 1024],
  sessions: 10_000,
  manySessions: 100_000,
  storeEntries: 10_000,
  loadSeconds: 4,
  churnSeconds: 15,
  appends: 300,
  broadcasts: 40,
  storeChanges: 100,
  idleFollowers: 5000,
  feedSeconds: 10,
  pages: 300,
  crowdedSessions: 500,
}

/** To try a change: the same jobs in a fraction of the time. Goals that speak of sizes are not proven by it. */
export const QUICK_SCALE: Scale = {
  transcriptMiB: 128,
  curveMiB: [1, 10, 64, 128],
  sessions: 10_000,
  manySessions: 20_000,
  storeEntries: 10_000,
  loadSeconds: 2,
  churnSeconds: 4,
  appends: 80,
  broadcasts: 10,
  storeChanges: 20,
  idleFollowers: 1000,
  feedSeconds: 3,
  pages: 80,
  crowdedSessions: 50,
}
