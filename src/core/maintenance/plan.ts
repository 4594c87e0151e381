import type { CleanupAction, CleanupRow, CleanupSummary } from '../../contract/cleanup.js'
import type {
  KeptEntry,
  KeptFile,
  StoreActions,
  StoreInventory,
} from '../../contract/maintenance.js'
import { type BudgetPlan, planBudget } from './budget.js'
import {
  type Bounds,
  type EntryStep,
  missing,
  modelRuns,
  overflow,
  retiredDirect,
  stale,
} from './entry-steps.js'
import { expiredArchives, FileClaims, unreferenced } from './file-steps.js'
import { type Protected, protectionOf } from './protection.js'

export interface CleanupRules extends Protected {
  readonly enforce: boolean
  readonly fixMissing: boolean
  readonly fixDmScope: boolean
  /** Instead of the configured `pruneAfter`, for sessions only. */
  readonly ageMs: number | null
  /** A preview says what enforcing would do, also where the mode is `warn`. */
  readonly preview: boolean
}

export interface CleanupPlan extends StoreActions {
  readonly summary: Omit<CleanupSummary, 'dryRun'>
  readonly rows: readonly CleanupRow[]
}

/** Sessions that go, by the rule that they go by. */
type Removals = ReadonlyMap<CleanupAction, readonly KeptEntry[]>

/** Those whose transcript is put away; a session that is missing its own has none, and evicted ones are to free the disk. */
const PUTS_AWAY: readonly CleanupAction[] = [
  'retire-dm-scope',
  'prune-model-run',
  'prune-stale',
  'cap-overflow',
]

/** What maintenance does in one store: a function of what is there, of the rules and of the time, and of nothing else. */
export function planCleanup(inventory: StoreInventory, rules: CleanupRules): CleanupPlan {
  const { settings, takenAtMs: nowMs } = inventory
  const mode = rules.enforce ? 'enforce' : settings.mode
  const mayAct = rules.preview || mode === 'enforce'
  const maxAgeMs = rules.ageMs ?? settings.pruneAfterMs
  const bounds = { inventory, kept: rules, nowMs, maxAgeMs }
  const removals = removalsOf(bounds, rules, mayAct)
  const gone = new Set([...removals.values()].flat())
  const left = inventory.entries.filter((entry) => !gone.has(entry))
  const claims = new FileClaims(inventory)
  const referenced = claims.referenced(left)
  const put = putAway(inventory, removals, claims, referenced)
  const expired = mayAct ? expiredArchives(inventory, referenced, nowMs) : []
  // By the time that the disk is measured, they are gone; a preview measures what is there.
  const goneFirst = new Set([...expired, ...(rules.preview ? [] : put.erase)])
  const files = inventory.files.filter((file) => !goneFirst.has(file))
  const storeBytes = [...gone].reduce((sum, entry) => sum - entry.bytes, inventory.storeBytes)
  const budget = planBudget({ entries: left, files, storeBytes }, bounds, claims, mayAct)
  const stays = left.filter((entry) => !budget.evicted.includes(entry))
  const taken = new Set([...budget.erased, ...put.archive, ...put.erase])
  const orphans = mayAct
    ? unreferenced(
        files.filter((file) => !taken.has(file)),
        claims.referenced(stays),
        settings.pruneAfterMs,
        nowMs,
      )
    : []
  const all = new Map(removals).set('evict-budget', budget.evicted)
  const erased = new Set([...expired, ...budget.erased, ...put.erase, ...orphans])
  // What is erased by other rules is gone by the time that OpenClaw looks for what nobody means.
  const goneBefore = new Set([...expired, ...budget.erased, ...put.erase]).size
  const scannedFiles = inventory.files.length - (rules.preview ? 0 : goneBefore)
  return {
    remove: [...all.values()].flat().map(({ key }) => key),
    archive: namesOf(put.archive.filter((file) => !erased.has(file))),
    erase: namesOf([...erased]),
    summary: {
      ...summaryOf(bounds, all, { budget, expired, orphans, scannedFiles }),
      mode,
    },
    rows: rowsOf(bounds, all),
  }
}

function removalsOf(bounds: Bounds, rules: CleanupRules, mayAct: boolean): Removals {
  const steps: [CleanupAction, EntryStep, boolean][] = [
    ['prune-missing', missing, rules.fixMissing],
    ['retire-dm-scope', retiredDirect, rules.fixDmScope],
    ['prune-model-run', modelRuns, mayAct],
    ['prune-stale', stale, mayAct],
    ['cap-overflow', overflow, mayAct],
  ]
  const removals = new Map<CleanupAction, readonly KeptEntry[]>()
  let left = bounds.inventory.entries
  for (const [action, step, isWanted] of steps) {
    const removed = isWanted ? step(left, bounds) : []
    removals.set(action, removed)
    const gone = new Set(removed)
    left = left.filter((entry) => !gone.has(entry))
  }
  return removals
}

/**
 * Transcripts of what goes are renamed, and what only they need goes with them, unless somebody who stays means it. What
 * a retired direct message leaves beside its transcript goes as what nobody means, as with OpenClaw.
 */
function putAway(
  inventory: StoreInventory,
  removals: Removals,
  claims: FileClaims,
  referenced: ReadonlySet<string>,
) {
  const filesOf = (action: CleanupAction) =>
    (removals.get(action) ?? []).flatMap((entry) => [...claims.of(entry)])
  const own = (actions: readonly CleanupAction[], kind: KeptFile['kind']) => {
    const names = new Set(actions.flatMap(filesOf))
    return inventory.files.filter(
      (file) => file.kind === kind && names.has(file.name) && !referenced.has(file.name),
    )
  }
  return {
    archive: own(PUTS_AWAY, 'transcript'),
    erase: own(
      PUTS_AWAY.filter((action) => action !== 'retire-dm-scope'),
      'trajectory',
    ),
  }
}

interface FilePlan {
  readonly budget: BudgetPlan
  readonly expired: readonly KeptFile[]
  readonly orphans: readonly KeptFile[]
  readonly scannedFiles: number
}

function summaryOf(
  { inventory }: Bounds,
  removals: Removals,
  { budget, expired, orphans, scannedFiles }: FilePlan,
): Omit<CleanupSummary, 'dryRun' | 'mode'> {
  const { entries, owner, path, settings } = inventory
  const count = (action: CleanupAction) => removals.get(action)?.length ?? 0
  const removed = [...removals.values()].flat().length
  const freed = (some: readonly KeptFile[]) => some.reduce((sum, file) => sum + file.bytes, 0)
  return {
    agentId: owner,
    storePath: path,
    beforeCount: entries.length,
    afterCount: entries.length - removed,
    missing: count('prune-missing'),
    dmScopeRetired: count('retire-dm-scope'),
    modelRunPruned: count('prune-model-run'),
    pruned: count('prune-stale'),
    capped: count('cap-overflow'),
    unreferencedArtifacts: {
      scannedFiles,
      removedFiles: orphans.length,
      freedBytes: freed(orphans),
      olderThanMs: settings.pruneAfterMs,
    },
    expiredArchives: { removedFiles: expired.length, freedBytes: freed(expired) },
    diskBudget: budget.report,
    wouldMutate: removed + orphans.length + expired.length + budget.erased.length > 0,
  }
}

function rowsOf(bounds: Bounds, removals: Removals): CleanupRow[] {
  const { inventory, kept, nowMs } = bounds
  const actions = new Map<KeptEntry, CleanupAction>()
  for (const [action, entries] of removals) for (const entry of entries) actions.set(entry, action)
  return inventory.entries.map((entry) => {
    const { key, label, model, modelProvider, sessionId, updatedAtMs } = entry
    const protection = protectionOf(entry, kept, inventory.settings)
    return {
      action: actions.get(entry) ?? 'keep',
      key,
      sessionId,
      ageMs: updatedAtMs === null ? null : Math.max(0, nowMs - updatedAtMs),
      model: model !== null && modelProvider !== null ? `${modelProvider}/${model}` : model,
      label,
      flags: [
        ...(protection === null ? [] : [protection]),
        ...(entry.transcript === 'present' ? [] : [`${entry.transcript}-transcript`]),
      ],
    }
  })
}

function namesOf(files: readonly KeptFile[]): string[] {
  return files.map(({ name }) => name)
}
