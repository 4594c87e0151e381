import type {
  StoreActions,
  StoreDone,
  StoreInventory,
  StoreMaintenance,
} from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { pathOf, type StatePaths } from '../paths.js'
import { type FileLock, lockStore } from '../writing/file-lock.js'
import { meantIn, type Others, takeInventory, unreadInventory } from './inventory.js'
import { type ReadStore, readLockedStore, underLock, writeStore } from './locked-store.js'
import { archiveFile, eraseFile } from './put-away.js'
import { type KnownFolders, type LookedSpot, lookAt } from './state-look.js'

/** The file of a store. */
export interface StoreFilePlace {
  /** Whose store it is; of one that agents share, the default agent. */
  readonly agent: string
  readonly path: string
}

/** Keeps the stores of a state directory within their bounds, under OpenClaw's lock protocol. */
export class StoreKeeper implements StoreMaintenance {
  readonly #paths: StatePaths
  readonly #known: KnownFolders
  readonly #lockTimeoutMs: number | undefined

  constructor(paths: StatePaths, known: KnownFolders, lockTimeoutMs?: number) {
    this.#paths = paths
    this.#known = known
    this.#lockTimeoutMs = lockTimeoutMs
  }

  /** Where the stores are, whether or not one is there already. */
  async places(): Promise<readonly StoreFilePlace[]> {
    const looked = await lookAt(this.#paths, this.#known)
    return looked
      .filter(({ served }) => served)
      .map(({ agent, spot }) => ({
        agent,
        path: pathOf(spot.file),
      }))
  }

  async inventories(): Promise<readonly StoreInventory[]> {
    const all = await documentsOf(await lookAt(this.#paths, this.#known))
    const inventories: StoreInventory[] = []
    for (const one of all.filter(({ looked }) => looked.served)) {
      if ('error' in one) inventories.push(unreadInventory(one.looked, one.error.message))
      else if (one.document.bytes > 0)
        inventories.push(await takeInventory(one.looked, one.document, foreignTo(one, all)))
    }
    return inventories
  }

  async maintain(
    id: string,
    decide: (inventory: StoreInventory) => StoreActions,
  ): Promise<StoreDone> {
    const { looked } = find(id, await documentsOf(await lookAt(this.#paths, this.#known)))
    const { spot, what } = looked
    const file = { path: pathOf(spot.file), what, timeoutMs: this.#lockTimeoutMs }
    return underLock(lockStore, file, async (lock) => {
      // Only what is seen under the lock counts: somebody may have waited for it with us.
      const all = await documentsOf(await lookAt(this.#paths, this.#known))
      const one = find(id, all)
      const inventory = await takeInventory(one.looked, one.document, foreignTo(one, all))
      return carryOut(decide(inventory), inventory, one, lock)
    })
  }
}

/** A store that cannot be read. */
interface UnreadStore {
  readonly looked: LookedSpot
  readonly error: SessionsError
}

async function documentsOf(spots: readonly LookedSpot[]): Promise<(ReadStore | UnreadStore)[]> {
  const stores: (ReadStore | UnreadStore)[] = []
  for (const looked of spots) {
    const unread = (error: unknown): UnreadStore => {
      if (error instanceof SessionsError) return { looked, error }
      throw error
    }
    stores.push(await readLockedStore(looked).catch(unread))
  }
  return stores
}

/** Nobody knows what the sessions of a store mean that cannot be read: then every file may be theirs. */
function foreignTo({ looked }: ReadStore, all: readonly (ReadStore | UnreadStore)[]): Others {
  const { dir } = looked.spot.file
  const others = all
    .filter((other) => other.looked.id !== looked.id)
    .filter((other): other is ReadStore => 'document' in other)
  return {
    isWhole: all.every((one) => 'document' in one),
    foreign: others.flatMap((other) => meantIn(dir, other.looked, other.document)),
    foreignIds: others.flatMap(({ document }) =>
      [...document.entries.values()].flatMap(({ entry }) => entry.facts.sessionId ?? []),
    ),
  }
}

function find(id: string, stores: readonly (ReadStore | UnreadStore)[]): ReadStore {
  const store = stores.find(({ looked }) => looked.id === id)
  if (store !== undefined && 'error' in store) throw store.error
  if (store !== undefined) return store
  throw new SessionsError('unavailable', 'The session store is gone. Nothing was changed.')
}

async function carryOut(
  { archive, erase, remove }: StoreActions,
  inventory: StoreInventory,
  { document, looked }: ReadStore,
  lock: FileLock,
): Promise<StoreDone> {
  const removed = remove.filter((key) => document.entries.has(key))
  const text = document.without(new Set(removed))
  if (text !== null) await writeStore(looked, text, lock)
  const { dir } = looked.spot.file
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
