import { appendFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import type { FollowEvent } from '../../src/contract/event.js'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { EventsQuery, type LiveEvent } from '../../src/contract/live-event.js'
import {
  type TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryQuery,
} from '../../src/contract/trajectory.js'
import { openclawFiles } from '../../src/stores/openclaw/index.js'
import { assistant, header, user } from '../core/lines.js'
import { followQuery, historyQuery, openScene } from '../core/scene.js'
import { type DiskCall, failingDisk } from '../failing-disk.js'
import { stateDir } from '../stores/openclaw/state-dir.js'
import { KEY, recordedLines, SESSION } from '../stores/openclaw/trajectory/recording-text.js'
import { until } from '../until.js'

const TRANSCRIPT = `${SESSION}.jsonl`
const CODES = ['EACCES', 'EPERM', 'EIO', 'ESTALE', 'EMFILE'] as const
const WITHIN_MS = 30_000
/** Of one line after the other, however slow the machine is. */
const TIMEOUT_MS = 300_000
const ENTRIES = { [KEY]: { sessionId: SESSION, updatedAt: Date.now(), status: 'done' } }

t.setTimeout(TIMEOUT_MS)

type Answer = 'served' | 'unreadable'

interface Place {
  readonly name: string
  readonly calls: readonly DiskCall[]
  /** End of the paths that the system refuses. */
  readonly at: string | RegExp
  readonly history: Answer
  /** Default: as the history. It names former transcripts too, which a listing has. */
  readonly detail?: Answer
  readonly trajectory: Answer
}

/** Where the system refuses, and what that means for the history and the trajectory of the one session there is. */
const PLACES: readonly Place[] = [
  ...(['stat', 'open', 'read'] as const).map((call) => ({
    name: `the transcript (${call})`,
    calls: [call],
    at: `/${TRANSCRIPT}`,
    history: 'unreadable' as const,
    trajectory: 'served' as const,
  })),
  ...(['open', 'read'] as const).map((call) => ({
    name: `the store (${call})`,
    calls: [call],
    at: '/sessions.json',
    history: 'served' as const,
    trajectory: 'served' as const,
  })),
  {
    name: 'the sessions folder (readdir)',
    calls: ['readdir'],
    at: '/main/sessions',
    history: 'served',
    detail: 'unreadable',
    trajectory: 'served',
  },
  {
    name: 'all of the sessions folder',
    calls: ['lstat', 'open', 'readdir', 'stat'],
    at: /agents\/main\/sessions(\/|$)/,
    history: 'unreadable',
    trajectory: 'unreadable',
  },
  {
    name: "the agents' folder (readdir)",
    calls: ['readdir'],
    at: '/agents',
    history: 'served',
    trajectory: 'served',
  },
]

/** Of these the sources say nothing: they are met by who asks for what is in them. */
const ASKED: readonly Place[] = [
  {
    name: 'the recording (open)',
    calls: ['open'],
    at: '.trajectory.jsonl',
    history: 'served',
    trajectory: 'unreadable',
  },
  {
    name: 'the recording (read)',
    calls: ['read'],
    at: '.trajectory.jsonl',
    history: 'served',
    trajectory: 'unreadable',
  },
  {
    name: 'the pointer to a recording (open)',
    calls: ['open'],
    at: '.trajectory-path.json',
    history: 'served',
    trajectory: 'unreadable',
  },
]

type Scene = Awaited<ReturnType<typeof open>>

async function open(t: Test) {
  const dir = stateDir(t)
  await dir.store('main', ENTRIES)
  const spent = { input: 10, output: 5, cost: 1.25 }
  await dir.transcript(
    'main',
    TRANSCRIPT,
    header(SESSION) + user('one', { id: 'e1' }) + assistant('two', spent, { id: 'e2' }),
  )
  await dir.transcript('main', `${SESSION}.trajectory.jsonl`, recordedLines(1, 2))
  await dir.transcript('main', `${SESSION}.trajectory-path.json`, '{}')
  const store = openclawFiles({ stateDir: dir.root, homeDir: dir.root, pollMs: 50 })
  const scene = openScene({ stores: [store], runtime: null, settings: { retryMs: 50 } })
  const ending = new AbortController()
  t.teardown(async () => {
    ending.abort()
    await scene.close()
    await store.close()
  })
  return { dir, ...scene, signal: ending.signal }
}

/** Gathers what a stream says until it ends. */
function gathered<Event>(events: AsyncIterable<Event>): Event[] {
  const all: Event[] = []
  void (async () => {
    for await (const event of events) all.push(event)
  })()
  return all
}

/** The three streams of the session, all begun. */
async function follow({ manager, signal }: Scene) {
  const [history, trajectory, events] = await Promise.all([
    manager.follow(KEY, followQuery(), FULL_GRANT, signal),
    manager.followTrajectory(KEY, TrajectoryFollowQuery.parse({}), FULL_GRANT, signal),
    manager.events(EventsQuery.parse({ messages: [KEY] }), FULL_GRANT, signal),
  ])
  const heard: {
    readonly history: FollowEvent[]
    readonly trajectory: TrajectoryFollowEvent[]
    readonly events: LiveEvent[]
  } = {
    history: gathered(history),
    trajectory: gathered(trajectory),
    events: gathered(events),
  }
  await until(() => heard.history.length > 0 && heard.trajectory.length > 0, WITHIN_MS)
  return heard
}

const said = (events: readonly FollowEvent[]) =>
  events.flatMap((event) => (event.type === 'message' ? [event.data.message.content] : []))

for (const place of [...PLACES, ...ASKED])
  t.test(`${place.name}: what cannot be read is never an empty answer`, async (t) => {
    const scene = await open(t)
    t.match((await scene.list()).sessions, [{ key: KEY, totalCost: 1.25 }])
    const heard = await follow(scene)
    const disk = failingDisk(t)
    for (const [at, code] of CODES.entries()) {
      disk.fail(place.calls, place.at, code)
      await say(scene, `while-${at}`)
      await whileFailing(t, scene, place, code)
      disk.mend()
      await say(scene, `after-${at}`)
      await until(() => said(heard.history).length === 2 * (at + 1), WITHIN_MS)
      await until(() => heard.events.filter(isMessage).length === 2 * (at + 1), WITHIN_MS)
      await until(async () => (await scene.list()).sources.every(isWell), WITHIN_MS)
      t.match((await scene.list()).sessions, [{ key: KEY, totalCost: 1.25 }], code)
    }
    const all = CODES.flatMap((_, at) => [`while-${at}`, `after-${at}`])
    t.strictSame(said(heard.history), all, 'no gap, and nothing twice')
    for (const [name, events] of Object.entries(heard))
      t.notOk(events.some(isReset), `no reset of ${name}`)
  })

const isMessage = ({ type }: { readonly type: string }) => type === 'session.message'
const isReset = ({ type }: { readonly type: string }) => type === 'reset'
const isWell = ({ status }: { readonly status: string }) => status === 'ok'

/** A line is appended, and the store written, as a gateway does. */
async function say({ dir }: Scene, text: string): Promise<void> {
  await dir.store('main', ENTRIES)
  await appendFile(dir.file('main', TRANSCRIPT), user(text, { id: text }))
}

async function whileFailing(t: Test, scene: Scene, place: Place, code: string): Promise<void> {
  const { dir, list, manager } = scene
  const ask = (answer: Answer, asked: Promise<unknown>) =>
    answer === 'served'
      ? t.resolves(asked)
      : t.rejects(asked, {
          code: 'source_unreadable',
          status: 503,
          message: new RegExp(`cannot be read \\(${code}\\): .+\\.$`),
        })
  await ask(place.history, manager.history(KEY, historyQuery(), FULL_GRANT))
  await ask(place.detail ?? place.history, manager.get(KEY, FULL_GRANT))
  await ask(place.trajectory, manager.trajectory(KEY, TrajectoryQuery.parse({}), FULL_GRANT))
  if (PLACES.includes(place))
    await until(
      async () => (await list()).sources.some(({ status }) => status === 'degraded'),
      WITHIN_MS,
    )
  const { sessions, sources } = await list({ messageLimit: 2 })
  t.match(sessions, [{ key: KEY, totalCost: 1.25, costSource: 'reported' }], 'values stay')
  t.notOk(JSON.stringify(sources).includes(dir.root), 'no path is told')
  if (place.history !== 'unreadable') return
  const { findings } = await manager.diagnose(KEY, FULL_GRANT)
  t.match(
    findings.find(({ about }) => about === 'transcript'),
    { level: 'problem', text: new RegExp(code) },
  )
}
