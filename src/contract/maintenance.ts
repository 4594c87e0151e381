import * as z from 'zod'
import { SessionKey } from './key.js'
import type { Store, StoredSession } from './store.js'

/** `session.maintenance` of the gateway's configuration, with its defaults. Source: formats 2026.4 §10. */
export interface MaintenanceSettings {
  /** `warn`: nothing is removed unless asked for by `enforce`. */
  readonly mode: 'enforce' | 'warn'
  readonly pruneAfterMs: number
  readonly maxEntries: number
  /** `null`: archives of resets are kept for good. */
  readonly resetArchiveRetentionMs: number | null
  /** `null`: no limit. */
  readonly maxDiskBytes: number | null
  readonly highWaterBytes: number | null
  /** `session.dmScope`: whether direct messages share the main session. */
  readonly dmScope: string
  /** The last part of a main session's key. */
  readonly mainKey: string
}

/** An entry of a store, as maintenance sees it. */
export interface KeptEntry {
  /** Canonical. */
  readonly key: string
  readonly sessionId: string | null
  readonly updatedAtMs: number | null
  /** Of the entry, else of its origin. */
  readonly chatType: string | null
  readonly label: string | null
  readonly modelProvider: string | null
  readonly model: string | null
  /** `empty`: there is a file, and no message in it. */
  readonly transcript: 'present' | 'empty' | 'missing'
  /** A process that lives holds the transcript's lock: a run is going on. */
  readonly locked: boolean
  /** What the entry takes in the store's file. */
  readonly bytes: number
  /** Names of files that are its own: transcript, trajectory and the like, whether or not they are there. */
  readonly files: readonly string[]
  /** Names of files that it refers to and may share with others: checkpoints, prompts. */
  readonly shared: readonly string[]
}

export type KeptFileKind =
  | 'transcript'
  | 'checkpoint'
  | 'trajectory'
  | 'prompt'
  | 'temporary'
  | 'store'
  | 'other'
  /** What a reset, a removal or a cut put away. */
  | 'reset'
  | 'deleted'
  | 'cut'
  | 'backup'

/** A regular file in a store's folder. */
export interface KeptFile {
  /** Unique in its store; opaque to everyone else. */
  readonly name: string
  readonly kind: KeptFileKind
  readonly bytes: number
  readonly modifiedAtMs: number
  /** When it was put away, as its name says; `null` for what is in use. */
  readonly archivedAtMs: number | null
  /** Session ids that its name may carry: while one of them is listed, the file stays. Default: none. */
  readonly sessionIds?: readonly string[]
}

/** Everything in one store that maintenance decides about, as it was at one moment. */
export interface StoreInventory {
  /** Names the store in calls. */
  readonly id: string
  /** Whose store it is; `null` for one that agents share. */
  readonly agent: string | null
  /** Under whose name it is counted: of one that agents share, the default agent's. */
  readonly owner: string
  /** Where it is, for people. */
  readonly path: string
  readonly settings: MaintenanceSettings
  /** Why the store cannot be read, as sentences: then nothing of it is known, and nothing of it may be changed. */
  readonly problem?: string
  /** In the order of the store. */
  readonly entries: readonly KeptEntry[]
  readonly files: readonly KeptFile[]
  /** Files that sessions of other stores mean, in the same folder. */
  readonly foreign: readonly string[]
  /** Ids of sessions of other stores: a file that carries one stays. Default: none. */
  readonly foreignIds?: readonly string[]
  /** Of the store's own file. */
  readonly storeBytes: number
  readonly takenAtMs: number
}

/** What is to be done in a store. */
export interface StoreActions {
  /** Keys of entries that go. */
  readonly remove: readonly string[]
  /** Files that are renamed to `<name>.deleted.<time>`. */
  readonly archive: readonly string[]
  /** Files that go for good. */
  readonly erase: readonly string[]
}

/** What was done. */
export interface StoreDone {
  readonly removed: readonly string[]
  /** Names of the archives. */
  readonly archived: readonly string[]
  readonly erased: readonly string[]
  /** Entries that are left. */
  readonly entries: number
}

/** Keeps stores within their bounds. An optional ability of a store. */
export interface StoreMaintenance {
  /** Everything as it is now, store by store; without a lock and without a write. */
  inventories(): Promise<readonly StoreInventory[]>
  /**
   * Takes the store's lock, looks again, and does what `decide` says of what is there then. Entries go first, then files:
   * whoever is killed in the middle leaves a whole store. Throws `unavailable` when it is locked, or cannot be read or
   * written; then nothing was changed. A `decide` that throws changes nothing either.
   */
  maintain(id: string, decide: (inventory: StoreInventory) => StoreActions): Promise<StoreDone>
}

/** Why a transcript is put away; becomes part of the archive's name. */
export type ArchiveReason = 'deleted' | 'reset'

export interface CutOptions {
  readonly maxLines: number
  readonly transcriptOnly?: boolean
}

export interface CutTranscript {
  readonly compacted: boolean
  /** Lines that are left, its header included. */
  readonly kept: number
  /** Name of the archive with all lines as they were; `null` when nothing was cut. */
  readonly archived: string | null
}

/**
 * Changes single sessions at rest, each under the store's lock and, where its transcript is touched, under the
 * transcript's: one that is locked by a live run throws `unavailable`. An optional ability of a store.
 */
export interface StoreEditor {
  /** Sets fields of the session's entry; `null` takes one away. All other fields stay. False when there is no such entry. */
  patch(session: StoredSession, fields: Readonly<Record<string, unknown>>): Promise<boolean>
  /** Takes the session out and puts its transcript away, unless another session shares it. `null`: no such entry. */
  putAway(session: StoredSession, reason: ArchiveReason): Promise<readonly string[] | null>
  /**
   * Keeps the header and the newest lines, `maxLines` in all; the whole transcript stays in the archive. With
   * `transcriptOnly` the entry is left alone: somebody else writes the store.
   */
  compact(session: StoredSession, options: CutOptions): Promise<CutTranscript>
}

export function canMaintain(store: Store): store is Store & StoreMaintenance {
  return 'maintain' in store
}

export function canEdit(store: Store): store is Store & StoreEditor {
  return 'patch' in store
}

const level = z.string().min(1).max(40).nullable()

/** Fields that an operator may set, with OpenClaw's names; `null` takes one away. Source: formats 2026.4 §3. */
export const SessionPatch = z
  .strictObject({
    label: z.string().trim().min(1).max(512).nullable(),
    thinkingLevel: level,
    verboseLevel: level,
    traceLevel: level,
    reasoningLevel: level,
    elevatedLevel: level,
    fastMode: z.boolean().nullable(),
    sendPolicy: z.enum(['allow', 'deny']).nullable(),
    responseUsage: z.enum(['off', 'tokens', 'full', 'on']).nullable(),
    groupActivation: z.enum(['mention', 'always']).nullable(),
  })
  .partial()
  .refine((fields) => Object.keys(fields).length > 0, 'must set at least one field')
  .meta({ id: 'SessionPatch' })
export type SessionPatch = z.infer<typeof SessionPatch>

/** Who made a change: this service under the store's lock, or the live gateway when it was asked. */
const via = z
  .enum(['store', 'gateway'])
  .describe('Who wrote it: this service, or the live gateway.')

export const PatchAnswer = z
  .object({ ok: z.literal(true), key: SessionKey, via })
  .meta({ id: 'PatchAnswer' })
export type PatchAnswer = z.infer<typeof PatchAnswer>

export const RemovalAnswer = z
  .object({
    ok: z.literal(true),
    key: SessionKey,
    deleted: z.boolean().describe('False when it was gone already.'),
    archived: z
      .array(z.string())
      .describe('Names of its archived transcripts, where they are known.'),
    via,
  })
  .meta({ id: 'RemovalAnswer' })
export type RemovalAnswer = z.infer<typeof RemovalAnswer>

/** More lines than a transcript of a session has. */
const MAX_CUT_LINES = 1_000_000

export const CompactRequest = z
  .strictObject({
    maxLines: z
      .number()
      .int()
      .min(1)
      .max(MAX_CUT_LINES)
      .optional()
      .describe('Lines that stay, the header included. Without it the gateway summarises.'),
  })
  .meta({ id: 'CompactRequest' })
export type CompactRequest = z.infer<typeof CompactRequest>

export const CompactAnswer = z
  .object({
    ok: z.literal(true),
    key: SessionKey,
    compacted: z.boolean().describe('False when there was nothing to do.'),
    kept: z.number().int().nullable().describe('Lines that are left; `null` after a summary.'),
    archived: z.string().nullable().describe('Name of the archive with the whole transcript.'),
    via,
  })
  .meta({ id: 'CompactAnswer' })
export type CompactAnswer = z.infer<typeof CompactAnswer>
