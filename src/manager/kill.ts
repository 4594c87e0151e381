import type { ActContext, Runtime } from '../contract/runtime.js'
import { SessionsError } from '../errors.js'
import type { Lineage } from './lineage.js'
import type { ReadBack } from './read-back.js'
import type { Sight } from './sight.js'
import { treeOf } from './tree.js'

/** A run that is being killed may start another sub-agent; more rounds than this means that something keeps starting them. */
const MAX_ROUNDS = 3

export interface KillOptions {
  readonly runtime: Runtime
  readonly lineage: Lineage
  readonly readBack: ReadBack
  readonly verifyMs: number
}

export interface Killed {
  /** Of the session itself; `null` when only others of its tree were live. */
  readonly runId: string | null
  /** Sessions whose run was seen to be gone, the session itself first. */
  readonly sessions: readonly string[]
}

/**
 * Kills the live runs of a session and of all that it spawned, and reads back that they are gone. Throws `outside_grant`
 * before anything is killed when a live or held session of the tree is hidden from the caller, and `control_unverified`
 * when a run goes on.
 */
export async function killTree(
  root: string,
  sight: Sight,
  context: ActContext,
  options: KillOptions,
): Promise<Killed> {
  const deadline = Date.now() + options.verifyMs
  const runId = options.runtime.session(root)?.run?.runId ?? null
  const killed = new Map<string, string>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const targets = targetsOf(root, options)
    refuseOutside(root, targets, sight)
    const live = liveRuns(targets, options.runtime)
    if (round > 0 && live.size === 0) break
    const failure = await killAll(targets, context, options.runtime)
    await readGone(live, deadline - Date.now(), failure, options)
    for (const [key, id] of live) killed.set(key, id)
  }
  return { runId, sessions: [...killed.keys()] }
}

/** Held sessions are told too: a kill clears the turns that wait there. */
function targetsOf(root: string, { lineage, runtime }: KillOptions): string[] {
  return treeOf(root, lineage, runtime).filter((key) => {
    const state = runtime.session(key)
    return (state?.run ?? null) !== null || (state?.hold ?? null) !== null
  })
}

function refuseOutside(root: string, targets: readonly string[], sight: Sight): void {
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

/** Asks for every kill whatever becomes of the others; returns the first refusal. */
async function killAll(
  targets: readonly string[],
  context: ActContext,
  runtime: Runtime,
): Promise<unknown> {
  const asked = await Promise.allSettled(targets.map((key) => runtime.act(key, 'kill', context)))
  return asked.find((answer) => answer.status === 'rejected')?.reason
}

async function readGone(
  live: ReadonlyMap<string, string>,
  ms: number,
  failure: unknown,
  { readBack, runtime }: KillOptions,
): Promise<void> {
  const left = () => [...live].filter(([key, runId]) => runtime.session(key)?.run?.runId === runId)
  const wait = failure === undefined ? Math.max(0, ms) : 0
  const gone = await readBack.until(live.keys(), wait, () => (left().length === 0 ? true : null))
  if (gone !== null) return
  if (failure !== undefined) throw failure
  const sessions = left().map(([key]) => key)
  throw new SessionsError(
    'control_unverified',
    `The kill was asked for, but these sessions still run: ${sessions.join(', ')}. Look again, then repeat it.`,
    { details: { sessions }, retryAfterSeconds: 1 },
  )
}
