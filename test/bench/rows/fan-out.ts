import { Crowd, requireDescriptors } from '../clients/crowd.js'
import type { Endpoint } from '../clients/endpoint.js'
import { markerOf } from '../clients/marker.js'
import { followPath, GrowingTranscript } from '../data/growing-transcript.js'
import { BaselineServer } from '../processes/baseline.js'
import { Nchan, nchanModule } from '../processes/nchan.js'
import { Service } from '../processes/service.js'
import type { Row, Sample, Trials } from '../row.js'
import { median, percentile } from '../statistics.js'
import type { Workspace } from '../workspace.js'
import { broadcastAll, EVENT_CHARS, type Timing } from './broadcasts.js'

/** Broadcasts that are not counted: they compile the code of both sides. */
const WARM_UP = 5

const NCHAN = nchanModule()
const LAST = 'last delivery p50'
const AGAINST_NCHAN = 'last delivery p50, Nchan as the baseline'

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
  const againstNchan = {
    name: AGAINST_NCHAN,
    unit: 'ms',
    goal: { of: 'ratio', atMost: 1 },
  } as const
  return {
    name: `fanout-${followers}`,
    title: `one event of 1 KB to ${followers.toLocaleString('en')} followers`,
    baseline: 'fs.watch(dir) notice, one shared Buffer in a loop over the sockets',
    metrics: [
      { name: LAST, unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
      ...(NCHAN === null ? [] : [againstNchan]),
      { name: 'first delivery p50', unit: 'ms' },
    ],
    async prepare(workspace) {
      requireDescriptors(followers)
      const { broadcasts } = workspace.scale
      const trials = trialsOf(workspace, followers, broadcasts, (timings) => {
        const last = median(timings.map((timing) => timing.last))
        const first = median(timings.map((timing) => timing.first))
        return { [LAST]: last, [AGAINST_NCHAN]: last, 'first delivery p50': first }
      })
      return NCHAN === null ? withoutNchan(trials) : withNchan(trials, NCHAN, workspace, followers)
    },
  }
}

function withoutNchan(trials: Trials): Trials {
  const note =
    'Nchan (nginx) is not installed (Debian: libnginx-mod-nchan), nothing was compared with it.'
  return { ...trials, notes: [note] }
}

function withNchan(
  trials: Trials,
  module: string,
  workspace: Workspace,
  followers: number,
): Trials {
  const { baseline } = trials
  return {
    ...trials,
    baseline: async () => ({
      ...(await baseline?.()),
      [AGAINST_NCHAN]: await nchanDelivery(module, workspace, followers),
    }),
  }
}

async function nchanDelivery(
  module: string,
  workspace: Workspace,
  followers: number,
): Promise<number> {
  const nchan = await Nchan.start(module, await workspace.folder('nchan'))
  const crowd = new Crowd()
  try {
    // Nchan greets with a comment.
    const paths = new Array<string>(followers).fill('/follow')
    await crowd.open({ endpoint: nchan, paths, first: ': hi' })
    const text = 'lorem ipsum '.repeat(EVENT_CHARS / 12)
    const send = (broadcast: number) => nchan.publish(`${markerOf(broadcast)} ${text}`)
    const timings = await broadcastAll(crowd, send, WARM_UP + workspace.scale.broadcasts)
    return median(timings.slice(WARM_UP).map(({ last }) => last))
  } finally {
    await crowd.close()
    await nchan.close()
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
    const transcript = GrowingTranscript.create(stateDir)
    const endpoint = await start(stateDir, transcript)
    const crowd = new Crowd()
    try {
      const paths = new Array<string>(followers).fill(followPath(transcript.key))
      await crowd.open({ endpoint, paths })
      const send = (broadcast: number) => transcript.append(broadcast, EVENT_CHARS)
      const timings = await broadcastAll(crowd, send, WARM_UP + broadcasts)
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
