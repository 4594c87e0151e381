import type { CleanupRequest, CleanupSummary } from './cleanup.js'
import type { ControlAction } from './control.js'

export type RunPhase = 'running' | 'pausing' | 'paused' | 'stopping'
export type RunOutcome = 'done' | 'failed' | 'killed' | 'timeout'

/** A live agent turn. */
export interface LiveRun {
  readonly runId: string
  readonly phase: RunPhase
  readonly startedAtMs: number
  /** A sentence: how this is known, e.g. `Run r1 is live in this process.` */
  readonly evidence: string
  /** The same without what a person wrote; absent where it has nothing of that. */
  readonly plainEvidence?: string
}

/** A pause that outlives the run: no new turn starts until resume. */
export interface Hold {
  readonly by: string
  readonly reason: string | null
  readonly sinceMs: number
}

/** An action that was asked for and not seen to happen, while that is still so. Kept by the manager, not by a runtime. */
export interface UnverifiedAction {
  readonly action: ControlAction
  readonly by: string
  readonly atMs: number
}

export interface EndedRun {
  readonly runId: string
  readonly outcome: RunOutcome
  /** It ended after a step, because it was asked to stop, whatever the owner of the run calls that. */
  readonly stopped?: boolean
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** What a runtime knows of one session. */
export interface RuntimeSession {
  readonly run: LiveRun | null
  readonly hold: Hold | null
  readonly lastRun: EndedRun | null
  /** Sessions whose live run was started by this one. */
  readonly children: readonly string[]
  /** Turns that wait for the session to be free or resumed; absent: none, or not known. A kill clears them. */
  readonly queued?: number
  /** Set by the manager when it describes the session. */
  readonly unverified?: UnverifiedAction
}

export interface RuntimeHealth {
  readonly status: 'ok' | 'down'
  /** One sentence, with the remedy when it is down. */
  readonly message: string
  /** What an operator has to know although it is up; a sentence of `message`. */
  readonly notice?: string
}

export interface ActContext {
  /** Name of the token that asked. */
  readonly by: string
  readonly reason: string | null
  /** The session whose tree is being killed; absent when one session alone is acted upon. */
  readonly root?: string
}

/**
 * Owner of live runs. Answers of `session` are read synchronously from what the runtime knows now; `act` asks for a
 * change and returns when it has been asked for, not when it has happened: the manager reads it back.
 */
export interface Runtime {
  readonly id: string
  readonly controls: readonly ControlAction[]
  /** What an action means here, where it is not what its name says; for capabilities and answers. */
  readonly notes?: Readonly<Partial<Record<ControlAction, string>>>
  /** True where it may take keys that differ in case only for one; then it is asked to act on neither. */
  readonly ignoresCase?: boolean
  health(): RuntimeHealth
  /** `null`: the runtime knows nothing of this session. */
  session(sessionKey: string): RuntimeSession | null
  /** Throws `not_supported`, `impossible_state` or `no_runtime`. Acts on this session only; the manager walks the tree. */
  act(sessionKey: string, action: ControlAction, context: ActContext): Promise<void>
  /** Key of a session whose state may have changed; ends with the signal. */
  changes(signal: AbortSignal): AsyncIterable<string>
  /** May be called twice. */
  close(): Promise<void>
}

/**
 * A runtime that can ask the owner of the runs anew. An optional ability: a gateway calls a turn live for seconds before
 * an event tells of it, and whoever says that nothing runs must not rely on events alone.
 */
export interface LookingRuntime extends Runtime {
  /** Resolves when `session` is what the owner says now. Rejects when it does not answer. */
  look(sessionKey: string): Promise<void>
}

export function canLook(runtime: Runtime): runtime is LookingRuntime {
  return 'look' in runtime
}

/** Changes to sessions through whoever owns them. An optional ability of a runtime; every method throws as `act` does. */
export interface SessionEditor {
  /** Interrupts the live turn and starts one with this message. Returns the id of its run. */
  steer(sessionKey: string, message: string): Promise<{ readonly runId: string | null }>
  /** Sets fields of the session; `null` unsets one. */
  patch(sessionKey: string, fields: Readonly<Record<string, unknown>>): Promise<void>
  /** Begins a new transcript; the old one is archived. */
  reset(sessionKey: string): Promise<void>
  /** False when there was no such session. */
  delete(sessionKey: string): Promise<boolean>
  /** Summarises the context, or keeps the newest `maxLines` lines. False when there was nothing to do. */
  compact(sessionKey: string, options?: { readonly maxLines?: number }): Promise<boolean>
}

/** Maintenance by whoever owns the stores. An optional ability of a `SessionEditor`. */
export interface StoreCleaner {
  /** Applies it now. Throws as `act` does: `not_supported` where the release has no such method. */
  cleanup(request: Omit<CleanupRequest, 'age' | 'dryRun'>): Promise<readonly CleanupSummary[]>
}

/** A runtime through which sessions are changed while it is connected. */
export interface EditingRuntime extends Runtime {
  readonly editor: SessionEditor & Partial<StoreCleaner>
}

export function canEditSessions(runtime: Runtime): runtime is EditingRuntime {
  return 'editor' in runtime
}
