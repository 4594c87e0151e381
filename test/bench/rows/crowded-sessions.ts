import { Crowd, requireDescriptors } from '../clients/crowd.js'
import { followPath, GrowingTranscript } from '../data/growing-transcript.js'
import { type Holdings, holdingsOf } from '../processes/holdings.js'
import { Service } from '../processes/service.js'
import type { Row, Sample } from '../row.js'
import { median } from '../statistics.js'
import type { Workspace } from '../workspace.js'
import { EVENT_CHARS } from './broadcasts.js'
import { differenceOf, readGauges } from './gauges.js'

/** Followers that stop reading. */
const STALLED = 50
/** Messages of a history that fills the socket of a follower that does not read: a kernel takes some megabytes. */
const LONG_HISTORY = 700
const LONG_CHARS = 7500
/** Longest until followers that accept nothing are ended, and until all that was held is given back. */
const END_MS = 60_000
const LOOK_MS = 250
const BROADCASTS = 20
const MIB = 1024 * 1024

export const FOLLOWERS_ON_ONE = crowded('followers-5000', 'followers on one session', (scale) => ({
  sessions: 1,
  each: scale.idleFollowers,
}))

export const FOLLOWERS_ON_MANY = crowded(
  'sessions-500',
  'sessions with 10 followers each',
  (scale) => ({
    sessions: scale.crowdedSessions,
    each: 10,
  }),
)

interface Layout {
  readonly sessions: number
  readonly each: number
}

function crowded(
  name: string,
  title: string,
  layoutOf: (scale: Workspace['scale']) => Layout,
): Row {
  return {
    name,
    title: `${title}, ${STALLED} of all stop reading`,
    baseline: '-',
    metrics: [
      { name: 'memory per follower', unit: 'KiB' },
      { name: 'last delivery p50', unit: 'ms' },
      { name: 'resident with those that stalled, more than before', unit: 'MiB' },
      { name: 'stalled followers ended', unit: '', goal: { of: 'value', atLeast: STALLED } },
      { name: 'sockets left at the end', unit: '', goal: { of: 'value', atMost: 0 } },
      { name: 'watches left at the end', unit: '', goal: { of: 'value', atMost: 0 } },
      { name: 'counters of /metrics left at the end', unit: '', goal: { of: 'value', atMost: 0 } },
    ],
    async prepare(workspace) {
      const layout = layoutOf(workspace.scale)
      requireDescriptors(layout.sessions * layout.each)
      return {
        baseline: null,
        ours: (dist) => async () => {
          const stateDir = await workspace.folder('state')
          const transcripts = GrowingTranscript.createAll(stateDir, layout.sessions)
          for (const transcript of stallingSessions(transcripts, layout)) lengthen(transcript)
          const dataDir = await workspace.folder('service')
          const service = await Service.start({ dist, stateDir, dataDir })
          const crowd = new Crowd()
          try {
            await service.settled()
            return await measure(service, crowd, transcripts, layout)
          } finally {
            await crowd.close()
            await service.close()
          }
        },
      }
    },
  }
}

async function measure(
  service: Service,
  crowd: Crowd,
  transcripts: readonly GrowingTranscript[],
  { each, sessions }: Layout,
): Promise<Sample> {
  const followers = each * sessions
  const { pid } = service.process
  const resident = () => service.process.ask<number>('residentBytes')
  const before = {
    resident: await resident(),
    held: holdingsOf(pid),
    gauges: await readGauges(service),
  }
  const stallingPaths = stallingSessions(transcripts, { each, sessions })
    .flatMap(({ key }) => new Array<string>(each).fill(`${followPath(key)}000`))
    .slice(0, STALLED)
  const readingPaths = transcripts
    .flatMap(({ key }) => new Array<string>(each).fill(followPath(key)))
    .slice(stallingPaths.length)
  await crowd.open({ endpoint: service, paths: readingPaths })
  const followed = await resident()
  await crowd.open({ endpoint: service, paths: stallingPaths, stalled: STALLED })
  const delays = await broadcast(crowd, transcripts)
  const stalled = await resident()
  await until(() => holdingsOf(pid).sockets <= before.held.sockets + followers - STALLED)
  const ended = before.held.sockets + followers - holdingsOf(pid).sockets
  await crowd.leave()
  return {
    'memory per follower': (followed - before.resident) / readingPaths.length / 1024,
    'last delivery p50': median(delays),
    'resident with those that stalled, more than before': (stalled - before.resident) / MIB,
    'stalled followers ended': ended,
    ...(await leftOver(service, before)),
  }
}

/** The sessions whose followers stop reading. */
function stallingSessions<T>(transcripts: readonly T[], { each }: Layout): readonly T[] {
  return transcripts.slice(0, Math.ceil(STALLED / each))
}

function lengthen(transcript: GrowingTranscript): void {
  for (let message = 0; message < LONG_HISTORY; message++) transcript.append(0, LONG_CHARS)
}

/** Appends to every session at once, several times; milliseconds until the last follower had it. */
async function broadcast(
  crowd: Crowd,
  transcripts: readonly GrowingTranscript[],
): Promise<number[]> {
  const delays: number[] = []
  for (let number = 1; number <= BROADCASTS; number++) {
    const delivered = crowd.delivered(number)
    const begun = transcripts.map((transcript) => transcript.append(number, EVENT_CHARS))[0]
    const { last } = await delivered
    delays.push(Number(last - (begun ?? last)) / 1e6)
  }
  return delays
}

/** What is still held when all followers have gone, beyond what was held before they came. */
async function leftOver(
  service: Service,
  before: { readonly held: Holdings; readonly gauges: ReadonlyMap<string, number> | null },
): Promise<Sample> {
  const { pid } = service.process
  const { sockets, watches } = before.held
  await until(() => {
    const held = holdingsOf(pid)
    return held.sockets <= sockets && held.watches <= watches
  })
  const held = holdingsOf(pid)
  const gauges = await readGauges(service)
  const left = {
    'sockets left at the end': Math.max(0, held.sockets - sockets),
    'watches left at the end': Math.max(0, held.watches - watches),
  }
  if (gauges === null || before.gauges === null) return left
  return { ...left, 'counters of /metrics left at the end': differenceOf(before.gauges, gauges) }
}

/** Resolves when it holds, or when it has not for too long: the figures say which. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + END_MS
  while (!holds() && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}
