import { Crowd, type Delivery, requireDescriptors } from '../clients/crowd.js'
import type { Turn } from '../clients/crowd-process.js'
import type { Endpoint } from '../clients/endpoint.js'
import { LabelledStore } from '../data/labelled-store.js'
import { BaselineServer } from '../processes/baseline.js'
import type { MeasuredProcess } from '../processes/measured-process.js'
import { Service } from '../processes/service.js'
import type { Row, Sample } from '../row.js'
import { percentile } from '../statistics.js'

/** Of each kind. */
const SUBSCRIBERS = 1000
const CHANGES_A_SECOND = 100
/** Each changes every three seconds: no two changes of one session are told as one, unless somebody is that late. */
const SESSIONS = 300
/** Changes that are not counted: they compile the code of both sides. */
const WARM_UP = 100
/** The baseline sends as much as a row. */
const ROW_CHARS = 1000

export const LIVE_FEED: Row = {
  name: 'live-feed',
  title: '1,000 WebSockets and 1,000 event streams of all sessions, 100 changes a second',
  baseline:
    'fs.watch(dir) notice, JSON.parse of the store, ws.send loop, one shared Buffer to the sockets',
  metrics: [
    { name: 'last delivery p50', unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
    { name: 'last delivery p99', unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
    { name: 'dropped', unit: '', goal: { of: 'value', atMost: 0 } },
    { name: 'worst loop stall', unit: 'ms' },
  ],
  async prepare(workspace) {
    requireDescriptors(2 * SUBSCRIBERS)
    const { feedSeconds } = workspace.scale
    const measure = async (
      start: (stateDir: string, store: LabelledStore) => Promise<Feed>,
    ): Promise<Sample> => {
      const stateDir = await workspace.folder('state')
      const store = new LabelledStore(stateDir, SESSIONS)
      const feed = await start(stateDir, store)
      const crowd = new Crowd()
      try {
        await subscribe(crowd, feed)
        return await follow(crowd, feed, store, feedSeconds * CHANGES_A_SECOND)
      } finally {
        await crowd.close()
        await feed.close()
      }
    }
    return {
      baseline: () =>
        measure((_, { path }) => BaselineServer.start('live-feed', [path, ' '.repeat(ROW_CHARS)])),
      ours: (dist) => () =>
        measure(async (stateDir) => {
          const dataDir = await workspace.folder('service')
          const service = await Service.start({ dist, stateDir, dataDir })
          await service.settled()
          return service
        }),
    }
  },
}

interface Feed extends Endpoint {
  readonly process: MeasuredProcess
  close(): Promise<void>
}

async function subscribe(crowd: Crowd, endpoint: Feed): Promise<void> {
  const token = endpoint.headers.authorization?.replace('Bearer ', '') ?? ''
  const paths = (path: string) => new Array<string>(SUBSCRIBERS).fill(path)
  await crowd.open({ endpoint, paths: paths('/api/events'), first: 'event: tick' })
  const talk = talkOf(token)
  await crowd.open({ endpoint, paths: paths('/ws'), first: '"subscribed":true', talk })
}

/** How OpenClaw's clients begin. */
function talkOf(token: string): readonly Turn[] {
  const client = { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' }
  const params = { minProtocol: 3, maxProtocol: 4, client, role: 'operator', auth: { token } }
  return [
    { heard: ' 101 ', say: JSON.stringify({ type: 'req', id: 'c', method: 'connect', params }) },
    {
      heard: 'hello-ok',
      say: JSON.stringify({ type: 'req', id: 's', method: 'sessions.subscribe' }),
    },
  ]
}

/** Changes at their pace, whether or not those before have arrived. */
async function follow(
  crowd: Crowd,
  feed: Feed,
  store: LabelledStore,
  changes: number,
): Promise<Sample> {
  await changeAll(crowd, store, { from: 1, to: WARM_UP })
  await feed.process.ask('resetStall')
  const before = await crowd.received()
  const delays = await changeAll(crowd, store, { from: WARM_UP + 1, to: WARM_UP + changes })
  const received = (await crowd.received()) - before
  return {
    'last delivery p50': percentile(delays, 0.5),
    'last delivery p99': percentile(delays, 0.99),
    dropped: 2 * SUBSCRIBERS * changes - received,
    'worst loop stall': await feed.process.ask<number>('stall'),
  }
}

/** Milliseconds from each change until the last subscriber had it; of those that reached everybody. */
async function changeAll(
  crowd: Crowd,
  store: LabelledStore,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number[]> {
  const begunMs = performance.now()
  const delays: Promise<number | null>[] = []
  for (let broadcast = from; broadcast <= to; broadcast++) {
    const dueMs = begunMs + ((broadcast - from) * 1000) / CHANGES_A_SECOND
    const delivered = crowd.delivered(broadcast)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
    const begun = store.change(broadcast)
    delays.push(
      delivered.then(
        ({ last }: Delivery) => Number(last - begun) / 1e6,
        // Counted as dropped.
        () => null,
      ),
    )
  }
  return (await Promise.all(delays)).filter((delay) => delay !== null)
}
