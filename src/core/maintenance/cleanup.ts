import type {
  CleanupAnswer,
  CleanupRequest,
  CleanupStore,
  CleanupSummary,
} from '../../contract/cleanup.js'
import type { Grant } from '../../contract/grant.js'
import { canonicalAgent } from '../../contract/key.js'
import {
  canMaintain,
  type StoreActions,
  type StoreDone,
  type StoreInventory,
  type StoreMaintenance,
} from '../../contract/maintenance.js'
import type { Runtime, RuntimeSession, StoreCleaner } from '../../contract/runtime.js'
import type { Store } from '../../contract/store.js'
import { SessionsError } from '../../errors.js'
import { indistinct } from '../rows/spelled-runtime.js'
import { type LiveEditor, liveEditor } from './live-editor.js'
import { type CleanupPlan, type CleanupRules, planCleanup } from './plan.js'
import { assertUnoccupied } from './unoccupied.js'

export interface CleanupOptions {
  readonly stores: readonly Store[]
  readonly runtime: Runtime | null
  /** What the runtime knows of a session, by the key of its row. */
  session(key: string): RuntimeSession | null
  /** True when the key of another session differs from this one in case only. */
  hasTwin(key: string): boolean
  /** The canonical key of what a caller calls a session; throws when there is none. */
  resolve(key: string, grant: Grant): Promise<string>
}

/** A store's inventory with who can act on it. */
interface Kept {
  readonly store: StoreMaintenance
  readonly inventory: StoreInventory
}

/** Keeps stores within their bounds. */
export class Cleanup {
  readonly #options: CleanupOptions

  constructor(options: CleanupOptions) {
    this.#options = options
  }

  async run(request: CleanupRequest, grant: Grant): Promise<CleanupAnswer> {
    const rules = await this.#rules(request, grant)
    const all = await this.#inventories()
    const kept = all.filter(({ inventory }) => isWanted(inventory, request, grant))
    if (kept.length === 0) throw nothingToKeep(request, grant)
    if (kept.every(({ inventory }) => inventory.problem !== undefined)) throw noneReadable(kept)
    const isWhole = kept.length === all.length || request.agent !== undefined
    const editor = request.dryRun ? null : liveEditor(this.#options.runtime)
    if (request.dryRun)
      return answer(
        rules,
        'store',
        true,
        kept.map((one) => preview(one, rules)),
      )
    if (editor === null) await assertUnoccupied(this.#options.stores, this.#options.runtime)
    if (editor === null) return answer(rules, 'store', false, await applyAll(kept, rules))
    const gateway = { editor, isIndistinct: this.#isIndistinct }
    return answer(rules, 'gateway', false, await askGateway(gateway, request, isWhole, kept, rules))
  }

  /** True for a session that the gateway may take for another one. */
  readonly #isIndistinct = (key: string): boolean => {
    const { hasTwin, runtime } = this.#options
    return runtime?.ignoresCase === true && hasTwin(key)
  }

  async #rules(request: CleanupRequest, grant: Grant): Promise<CleanupRules> {
    const { activeKey, age, dryRun, enforce, fixDmScope, fixMissing } = request
    return {
      activeKey: activeKey === undefined ? null : await this.#options.resolve(activeKey, grant),
      ageMs: age ?? null,
      enforce,
      fixDmScope,
      fixMissing,
      preview: dryRun,
      isLive: (key) => isLiveSession(this.#options.session(key)),
    }
  }

  async #inventories(): Promise<Kept[]> {
    const stores = this.#options.stores.filter(canMaintain)
    if (stores.length === 0)
      throw new SessionsError('not_supported', 'The stores that are served here cannot be changed.')
    const kept: Kept[] = []
    for (const store of stores)
      for (const inventory of await store.inventories()) kept.push({ store, inventory })
    return kept
  }
}

/** A turn goes on, waits, or is held back. */
export function isLiveSession(session: RuntimeSession | null): boolean {
  return session !== null && (session.run !== null || session.hold !== null)
}

/** A store holds more than a grant with a list of sessions may see. */
function isWanted({ agent }: StoreInventory, request: CleanupRequest, grant: Grant): boolean {
  // A store that agents share is that of each of them.
  if (request.agent !== undefined && agent !== null && agent !== canonicalAgent(request.agent))
    return false
  if (grant.sessions !== null) return false
  return (
    grant.agents === null || (agent !== null && grant.agents.map(canonicalAgent).includes(agent))
  )
}

function nothingToKeep({ agent }: CleanupRequest, grant: Grant): SessionsError {
  if (grant.sessions !== null)
    return new SessionsError(
      'outside_grant',
      'Cleaning up takes whole stores, and this token sees some sessions of them: use one without a list of sessions.',
    )
  const whose = agent === undefined ? 'No agent' : `No agent ${agent}`
  return new SessionsError(
    'invalid_request',
    `${whose} has a session store here: see /api/sessions for those that do.`,
  )
}

function preview({ inventory }: Kept, rules: CleanupRules): CleanupStore {
  const { rows, summary } = planCleanup(inventory, rules)
  const skipped = inventory.problem === undefined ? {} : { skipped: inventory.problem }
  return { ...summary, dryRun: true, ...skipped, actions: [...rows] }
}

/** One that cannot be changed is skipped and says why; where it is the only one, that is the answer. */
async function applyAll(kept: readonly Kept[], rules: CleanupRules): Promise<CleanupStore[]> {
  const stores: CleanupStore[] = []
  for (const one of kept) {
    const { problem } = one.inventory
    if (problem !== undefined) stores.push(skipped(one, rules, problem))
    else
      stores.push(
        await apply(one, rules, (plan) => plan).catch((error) => {
          if (kept.length === 1 || !isUnavailable(error)) throw error
          return skipped(one, rules, error.message)
        }),
      )
  }
  return stores
}

function isUnavailable(error: unknown): error is SessionsError {
  return error instanceof SessionsError && error.code === 'unavailable'
}

/** Nothing is done, so as many are left as there were; of a store that cannot be read nobody knows how many. */
function skipped({ inventory }: Kept, rules: CleanupRules, why: string): CleanupStore {
  const { summary } = planCleanup({ ...inventory, entries: [], files: [] }, rules)
  const count = inventory.entries.length
  const counts = { beforeCount: count, afterCount: count }
  return { ...summary, ...counts, wouldMutate: false, dryRun: false, skipped: why, actions: [] }
}

function noneReadable(kept: readonly Kept[]): SessionsError {
  const problems = kept.map(({ inventory }) => inventory.problem)
  return new SessionsError('unavailable', [...new Set(problems)].join(' '))
}

/** Plans again under the lock and does of that what `choose` takes. */
async function apply(
  { inventory, store }: Kept,
  rules: CleanupRules,
  choose: (plan: CleanupPlan) => StoreActions,
): Promise<CleanupStore> {
  let plan = planCleanup(inventory, rules)
  const done = await store.maintain(inventory.id, (now) => {
    plan = planCleanup(now, rules)
    return choose(plan)
  })
  return { ...appliedSummary(plan, done), actions: [...plan.rows] }
}

function appliedSummary({ summary }: CleanupPlan, { entries }: StoreDone): CleanupSummary {
  return { ...summary, dryRun: false, applied: true, appliedCount: entries }
}

interface AskedGateway {
  readonly editor: LiveEditor
  isIndistinct(key: string): boolean
}

/**
 * A live gateway cleans up its own stores. What its release cannot do as a whole is done session by session there, and
 * files that nobody means any more are erased here.
 */
async function askGateway(
  { editor, isIndistinct }: AskedGateway,
  request: CleanupRequest,
  isWhole: boolean,
  kept: readonly Kept[],
  rules: CleanupRules,
): Promise<CleanupStore[]> {
  const cleaned =
    editor.cleanup !== undefined && request.age === undefined && isWhole
      ? await askWhole(editor as LiveEditor & StoreCleaner, request)
      : null
  if (cleaned !== null) return cleaned.map((summary) => ({ ...summary, actions: [] }))
  const planned = kept.map((one) => ({ one, plan: planCleanup(one.inventory, rules) }))
  const doubtful = planned.flatMap(({ plan }) => plan.remove).find(isIndistinct)
  if (doubtful !== undefined) throw indistinct(doubtful)
  const stores: CleanupStore[] = []
  for (const { one, plan } of planned) {
    const { problem } = one.inventory
    if (problem !== undefined) {
      stores.push(skipped(one, rules, problem))
      continue
    }
    for (const key of plan.remove) await editor.delete(key)
    const files = await apply(one, rules, ({ erase }) => ({ remove: [], archive: [], erase }))
    const { summary } = plan
    const { appliedCount = 0 } = files
    stores.push({ ...summary, dryRun: false, applied: true, appliedCount, actions: [...plan.rows] })
  }
  return stores
}

/** `null`: this release has no such method. */
async function askWhole(
  editor: StoreCleaner,
  request: CleanupRequest,
): Promise<readonly CleanupSummary[] | null> {
  try {
    return await editor.cleanup(request)
  } catch (error) {
    if (error instanceof SessionsError && error.code === 'not_supported') return null
    throw error
  }
}

function answer(
  { enforce }: CleanupRules,
  via: CleanupAnswer['via'],
  dryRun: boolean,
  stores: CleanupStore[],
): CleanupAnswer {
  const mode = enforce || stores.every((store) => store.mode === 'enforce') ? 'enforce' : 'warn'
  return { mode, dryRun, via, stores }
}
