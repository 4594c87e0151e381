import type {
  StoreActions,
  StoreDone,
  StoreInventory,
  StoreMaintenance,
} from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { type FileLock, lockStore } from '../../openclaw-writing/file-lock.js'
import { replaceFile } from '../../openclaw-writing/replace-file.js'
import { writeProblem } from '../../openclaw-writing/system-error.js'
import { pathOf, type StatePaths } from '../paths.js'
import { takeInventory } from './inventory.js'
import { archiveFile, eraseFile } from './put-away.js'
import { type LookedSpot, lookAt } from './state-look.js'
import { StoreDocument } from './store-document.js'

/** Keeps the stores of a state directory within their bounds, under OpenClaw's lock protocol. */
export class StoreKeeper implements StoreMaintenance {
  readonly #paths: StatePaths
  readonly #lockTimeoutMs: number | undefined

  constructor(paths: StatePaths, lockTimeoutMs?: number) {
    this.#paths = paths
    this.#lockTimeoutMs = lockTimeoutMs
  }

  async inventories(): Promise<readonly StoreInventory[]> {
    const inventories: StoreInventory[] = []
    for (const looked of await lookAt(this.#paths)) {
      const document = await documentOf(looked)
      if (document.bytes > 0) inventories.push(await takeInventory(looked, document))
    }
    return inventories
  }

  async maintain(
    id: string,
    decide: (inventory: StoreInventory) => StoreActions,
  ): Promise<StoreDone> {
    const { spot, what } = await this.#find(id)
    return withStoreLock(pathOf(spot.file), what, this.#lockTimeoutMs, async (lock) => {
      // Only what is seen under the lock counts: somebody may have waited for it with us.
      const looked = await this.#find(id)
      const document = await documentOf(looked)
      const inventory = await takeInventory(looked, document)
      return carryOut(decide(inventory), inventory, looked, document, lock)
    })
  }

  async #find(id: string): Promise<LookedSpot> {
    const looked = (await lookAt(this.#paths)).find((one) => one.id === id)
    if (looked !== undefined) return looked
    throw new SessionsError('unavailable', 'The session store is gone. Nothing was changed.')
  }
}

/** Does `work` under the lock of a store file; what the system refuses becomes a sentence that begins with `what`. */
export async function withStoreLock<T>(
  path: string,
  what: string,
  timeoutMs: number | undefined,
  work: (lock: FileLock) => Promise<T>,
): Promise<T> {
  const lock = await lockStore(path, { what, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  try {
    return await work(lock)
  } catch (error) {
    throw writeProblem(what, error)
  } finally {
    await lock.release()
  }
}

/** Puts a store's new text in place, unless the lock was lost meanwhile. */
export async function writeStore(
  path: string,
  text: Buffer,
  lock: FileLock,
  what: string,
): Promise<void> {
  const permit = () => {
    if (lock.isHeld()) return
    throw new SessionsError(
      'unavailable',
      `${what} was locked by another process while it was being changed. Nothing was changed: try again.`,
      { details: { reason: 'lock_lost' } },
    )
  }
  await replaceFile(path, text, { permit })
}

function documentOf({ agent, spot, what }: LookedSpot): Promise<StoreDocument> {
  return StoreDocument.read(pathOf(spot.file), agent, what)
}

async function carryOut(
  { archive, erase, remove }: StoreActions,
  inventory: StoreInventory,
  { spot, what }: LookedSpot,
  document: StoreDocument,
  lock: FileLock,
): Promise<StoreDone> {
  const removed = remove.filter((key) => document.entries.has(key))
  const text = document.without(new Set(removed))
  if (text !== null) await writeStore(pathOf(spot.file), text, lock, what)
  const { dir } = spot.file
  const files = new Map(inventory.files.map((file) => [file.name, file]))
  const archived: string[] = []
  for (const name of archive.filter((one) => files.has(one))) {
    const put = await archiveFile(dir, name, 'deleted')
    if (put !== null) archived.push(put)
  }
  const erased: string[] = []
  for (const name of erase) {
    const file = files.get(name)
    if (file !== undefined && (await eraseFile(dir, file))) erased.push(name)
  }
  return { removed, archived, erased, entries: document.entries.size - removed.length }
}
