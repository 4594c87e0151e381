import { Crowd, requireDescriptors } from '../clients/crowd.js'
import type { Endpoint } from '../clients/endpoint.js'
import { followPath, GrowingTranscript } from '../data/growing-transcript.js'
import { BaselineServer } from '../processes/baseline.js'
import { Service } from '../processes/service.js'
import type { Metric, Row, Sample, Trials } from '../row.js'
import { median, percentile } from '../statistics.js'
import type { Workspace } from '../workspace.js'
import { broadcastAll, type Timing } from './broadcasts.js'

/** Between broadcasts: sockets have been read, loops are idle. */
const PAUSE_MS = 20
const WARM_UP = 5

export const APPEND_FOLLOW: Row = {
  name: 'append-follow',
  title: 'append by another process → follower, 1 follower',
  baseline: 'fs.watch(dir) notice, read of the new bytes, write to the socket',
  metrics: [
    { name: 'p50', unit: 'ms', goal: { of: 'value', atMost: 2 } },
    { name: 'p99', unit: 'ms', goal: { of: 'value', atMost: 10 } },
  ],
  prepare: async (workspace) =>
    trialsOf(workspace, 1, workspace.scale.appends, (timings) => {
      const delays = timings.map(({ last }) => last)
      return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) }
    }),
}

export const FAN_OUT_1000 = fanOut(1000)
export const FAN_OUT_5000 = fanOut(5000)

function fanOut(followers: number): Row {
  const metrics: Metric[] = [
    { name: 'last delivery p50', unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
    { name: 'first delivery p50', unit: 'ms' },
  ]
  return {
    name: `fanout-${followers}`,
    title: `one event of 1 KB to ${followers.toLocaleString('en')} followers`,
    baseline: 'fs.watch(dir) notice, one shared Buffer in a loop over the sockets',
    metrics,
    async prepare(workspace) {
      requireDescriptors(followers)
      return trialsOf(workspace, followers, workspace.scale.broadcasts, (timings) => ({
        'last delivery p50': median(timings.map(({ last }) => last)),
        'first delivery p50': median(timings.map(({ first }) => first)),
      }))
    },
  }
}

function trialsOf(
  workspace: Workspace,
  followers: number,
  broadcasts: number,
  sampleOf: (timings: Timing[]) => Sample,
): Trials {
  const measure = async (
    start: (stateDir: string, transcript: GrowingTranscript) => Promise<Endpoint & Closing>,
  ): Promise<Sample> => {
    const stateDir = await workspace.folder('state')
    const [transcript] = GrowingTranscript.createAll(stateDir, 1)
    if (transcript === undefined) throw new Error('no transcript was made')
    const endpoint = await start(stateDir, transcript)
    const crowd = new Crowd()
    try {
      const paths = new Array<string>(followers).fill(followPath(transcript.key))
      await crowd.open({ endpoint, paths })
      const timings = await broadcastAll(crowd, transcript, WARM_UP + broadcasts, PAUSE_MS)
      return sampleOf(timings.slice(WARM_UP))
    } finally {
      await crowd.close()
      await endpoint.close()
    }
  }
  return {
    baseline: () => measure((_, { path }) => BaselineServer.start('broadcast', [path])),
    ours: (dist) => () =>
      measure(async (stateDir) =>
        Service.start({ dist, stateDir, dataDir: await workspace.folder('service') }),
      ),
  }
}

interface Closing {
  close(): Promise<void>
}
