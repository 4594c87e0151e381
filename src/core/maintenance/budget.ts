import type { DiskBudget } from '../../contract/cleanup.js'
import type { KeptEntry, KeptFile } from '../../contract/maintenance.js'
import { type Bounds, isProtected, newestFirst } from './entry-steps.js'
import { dispensable, type FileClaims } from './file-steps.js'

/** What is left of a store before its budget is looked at. */
export interface Leftover {
  readonly entries: readonly KeptEntry[]
  readonly files: readonly KeptFile[]
  /** Of the store's own file without the entries that go. */
  readonly storeBytes: number
}

export interface BudgetPlan {
  readonly report: DiskBudget | null
  readonly evicted: readonly KeptEntry[]
  readonly erased: readonly KeptFile[]
}

const NO_BUDGET: BudgetPlan = { report: null, evicted: [], erased: [] }

/**
 * Frees the disk down to the high water: first what nobody means and archives, the oldest first, then sessions with
 * their files, those without activity for longest first. Source: formats 2026.4 §10.
 */
export function planBudget(
  leftover: Leftover,
  bounds: Bounds,
  claims: FileClaims,
  mayAct: boolean,
): BudgetPlan {
  const { highWaterBytes, maxDiskBytes } = bounds.inventory.settings
  if (maxDiskBytes === null || highWaterBytes === null) return NO_BUDGET
  const others = leftover.files.filter(({ kind }) => kind !== 'store')
  const before = others.reduce((sum, file) => sum + file.bytes, leftover.storeBytes)
  const overBudget = before > maxDiskBytes
  const freeing = new Freeing(leftover, others, before, claims)
  if (overBudget && mayAct) freeing.run(bounds, highWaterBytes)
  const { erased, evicted, total } = freeing
  const report = {
    totalBytesBefore: before,
    totalBytesAfter: total,
    removedFiles: erased.length,
    removedEntries: evicted.length,
    freedBytes: erased.reduce((sum, file) => sum + file.bytes, 0),
    maxBytes: maxDiskBytes,
    highWaterBytes,
    overBudget,
  }
  return { report, evicted, erased }
}

class Freeing {
  readonly erased: KeptFile[] = []
  readonly evicted: KeptEntry[] = []
  total: number
  readonly #entries: readonly KeptEntry[]
  readonly #files: Map<string, KeptFile>
  readonly #claims: FileClaims

  constructor(
    { entries }: Leftover,
    files: readonly KeptFile[],
    total: number,
    claims: FileClaims,
  ) {
    this.#entries = entries
    this.#claims = claims
    this.#files = new Map(files.map((file) => [file.name, file]))
    this.total = total
  }

  run(bounds: Bounds, highWaterBytes: number): void {
    const referenced = this.#claims.referenced(this.#entries)
    for (const file of dispensable([...this.#files.values()], referenced, bounds.nowMs)) {
      if (this.total <= highWaterBytes) return
      this.#erase(file.name)
    }
    const uses = this.#uses()
    for (const entry of newestFirst(this.#entries).reverse()) {
      if (this.total <= highWaterBytes) return
      if (!isProtected(entry, bounds)) this.#evict(entry, uses)
    }
  }

  /** Its checkpoints are left, as OpenClaw leaves them: nobody means them any more, so another cleanup takes them. */
  #evict(entry: KeptEntry, uses: Map<string, number>): void {
    this.evicted.push(entry)
    this.total -= entry.bytes
    for (const name of this.#claims.of(entry)) {
      const left = (uses.get(name) ?? 1) - 1
      uses.set(name, left)
      if (left === 0 && this.#files.get(name)?.kind !== 'checkpoint') this.#erase(name)
    }
  }

  #erase(name: string): void {
    const file = this.#files.get(name)
    if (file === undefined) return
    this.#files.delete(name)
    this.erased.push(file)
    this.total -= file.bytes
  }

  /** How many mean a file. */
  #uses(): Map<string, number> {
    const uses = new Map<string, number>()
    const use = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1)
    for (const entry of this.#entries) this.#claims.of(entry).forEach(use)
    this.#claims.referenced([]).forEach(use)
    return uses
  }
}
