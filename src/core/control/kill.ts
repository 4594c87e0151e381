import { setTimeout as delay } from 'node:timers/promises'
import type { ActContext, Runtime } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import type { Lineage } from '../rows/lineage.js'
import type { Visibility } from '../visibility/visibility.js'
import type { Doubts } from './doubts.js'
import { lookAgain } from './look-again.js'
import type { ReadBack } from './read-back.js'
import { seenOf } from './state-machine.js'
import { within } from './within.js'

/** How long a gateway may take to write down what it has aborted before nobody waits for its answer any more. */
const ANSWER_MS = 1000

/** A run that is being killed may start another sub-agent; more rounds than this means that something keeps starting them. */
const MAX_ROUNDS = 3

export interface KillOptions {
  readonly runtime: Runtime
  readonly lineage: Lineage
  readonly readBack: ReadBack
  readonly doubts: Doubts
  readonly verifyMs: number
}

export interface Killed {
  /** Of the session itself; `null` when only others of its tree were live. */
  readonly runId: string | null
  /** Sessions whose run was seen to be gone and had not ended by itself, the session itself first. */
  readonly sessions: readonly string[]
  /** Sessions whose run had come to its own end before the kill reached it. */
  readonly finished: readonly string[]
  /** Turns that waited and now never begin. */
  readonly clearedTurns: number
}

/**
 * Kills the live runs of a session and of all that it spawned, and reads back that they are gone. A turn that begins in
 * one of these sessions afterwards is another one, and is left alone; a sub-agent that is new is not. Throws
 * `outside_grant` before anything is killed when a live or held session of the tree is hidden from the caller, and
 * `control_unverified` when a run goes on.
 */
export async function killTree(
  root: string,
  sight: Visibility,
  context: ActContext,
  options: KillOptions,
): Promise<Killed> {
  const { runtime } = options
  const deadline = performance.now() + options.verifyMs
  await lookAgain(runtime, root, deadline)
  const runId = runtime.session(root)?.run?.runId ?? null
  const killed = new Map<string, string>()
  const asked = new Set<string>()
  let clearedTurns = 0
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const targets = targetsOf(root, asked, options)
    if (targets.length === 0) break
    if (round === MAX_ROUNDS) throw unverified(targets, ' new ones keep being started.')
    refuseOutside(root, targets, sight)
    const live = liveRuns(targets, runtime)
    const waiting = waitingTurns(targets, runtime)
    const failure = await killAll(root, targets, live, context, deadline, options)
    await readGone(live, deadline, failure, context, options)
    clearedTurns += Math.max(0, waiting - waitingTurns(targets, runtime))
    for (const key of targets) asked.add(key)
    for (const [key, id] of live) killed.set(key, id)
  }
  const isKilled = ([key, id]: [string, string]) =>
    seenOf('kill', runtime.session(key), id) !== 'stopped'
  return {
    runId,
    sessions: [...killed].filter(isKilled).map(([key]) => key),
    finished: [...killed].filter((run) => !isKilled(run)).map(([key]) => key),
    clearedTurns,
  }
}

/** Sessions of the tree with a run, a hold or waiting turns, that were not asked yet. */
export function targetsOf(
  root: string,
  asked: ReadonlySet<string>,
  { lineage, runtime }: Pick<KillOptions, 'lineage' | 'runtime'>,
): string[] {
  return treeOf(root, lineage, runtime).filter((key) => {
    const state = runtime.session(key)
    if (state === null || asked.has(key)) return false
    return state.run !== null || state.hold !== null || (state.queued ?? 0) > 0
  })
}

function refuseOutside(root: string, targets: readonly string[], sight: Visibility): void {
  if (targets.every((key) => key === root || sight.sees(key))) return
  throw new SessionsError(
    'outside_grant',
    'The session has sub-agents at work that this token may not see; nothing was killed. Use a token for all their agents.',
  )
}

function liveRuns(keys: readonly string[], runtime: Runtime): Map<string, string> {
  const live = new Map<string, string>()
  for (const key of keys) {
    const run = runtime.session(key)?.run ?? null
    if (run !== null) live.set(key, run.runId)
  }
  return live
}

function waitingTurns(keys: readonly string[], runtime: Runtime): number {
  return keys.reduce((sum, key) => sum + (runtime.session(key)?.queued ?? 0), 0)
}

/**
 * Asks for every kill whatever becomes of the others; returns the first refusal. A run that is seen to be gone is not
 * waited for any longer: a gateway under load answers seconds later, when all of the aborted turn is written down.
 */
async function killAll(
  root: string,
  targets: readonly string[],
  live: ReadonlyMap<string, string>,
  context: ActContext,
  deadline: number,
  { readBack, runtime }: KillOptions,
): Promise<unknown> {
  const acts = targets.map((key) => {
    const act = runtime.act(key, 'kill', { ...context, root })
    const runId = live.get(key)
    if (runId === undefined || waitingTurns([key], runtime) > 0) return act
    const isGone = () => (runtime.session(key)?.run?.runId === runId ? null : true)
    const gone = readBack.until([key], deadline - performance.now(), isGone)
    return Promise.race([act, gone.then(() => delay(ANSWER_MS, undefined, { ref: false }))])
  })
  const asked = await within(Promise.allSettled(acts), deadline - performance.now())
  if (asked === 'late') return undefined
  return asked.value.find((answer) => answer.status === 'rejected')?.reason
}

async function readGone(
  live: ReadonlyMap<string, string>,
  deadline: number,
  failure: unknown,
  { by }: ActContext,
  { doubts, readBack, runtime }: KillOptions,
): Promise<void> {
  const left = () => [...live].filter(([key, runId]) => runtime.session(key)?.run?.runId === runId)
  const ms = failure === undefined ? Math.max(0, deadline - performance.now()) : 0
  const gone = await readBack.until(live.keys(), ms, () => (left().length === 0 ? true : null))
  if (gone !== null) return
  const atMs = Date.now()
  for (const [key, runId] of left()) doubts.raise(key, { action: 'kill', by, atMs, runId })
  if (failure !== undefined) throw failure
  throw unverified(left().map(([key]) => key))
}

function unverified(sessions: readonly string[], because = ''): SessionsError {
  return new SessionsError(
    'control_unverified',
    `The kill was asked for, but these sessions still run: ${sessions.join(', ')}.${because} Look again, then repeat it.`,
    { details: { sessions }, retryAfterSeconds: 1 },
  )
}

/**
 * A session and all that it spawned, itself first, parents before children. Finished sessions are walked through: a
 * live one may hang below them.
 */
function treeOf(root: string, lineage: Lineage, runtime: Runtime): string[] {
  const tree = new Set([root])
  for (const key of tree) {
    for (const child of lineage.spawned(key)) tree.add(child)
    for (const child of runtime.session(key)?.children ?? []) tree.add(child)
  }
  return [...tree]
}
