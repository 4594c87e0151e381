import type {
  ArchiveReason,
  CutOptions,
  CutTranscript,
  StoreEditor,
} from '../../../contract/maintenance.js'
import type { StoredSession } from '../../../contract/store.js'
import { SessionsError } from '../../../errors.js'
import { syncFolder } from '../../../system/sync-folder.js'
import { sessionIdsIn } from '../directory/file-names.js'
import { type FilePlace, pathOf, type StatePaths } from '../paths.js'
import { type Located, locate, ownTranscripts } from '../sessions-json/entry-transcript.js'
import { type FileLock, lockStore, lockTranscript } from '../writing/file-lock.js'
import { cutTranscript } from './cut-transcript.js'
import { ownFiles } from './inventory.js'
import {
  assertHeld,
  type ReadStore,
  readLockedStore,
  underLock,
  writeStore,
} from './locked-store.js'
import { archiveFile } from './put-away.js'
import { assertListed, type KnownFolders, type LookedSpot, lookAt } from './state-look.js'
import type { DocumentEntry, StoreDocument } from './store-document.js'

/** What the context was before a cut, and is not any more. Source: formats 2026.4 §3, as the gateway does. */
const AFTER_A_CUT = {
  inputTokens: null,
  outputTokens: null,
  totalTokens: null,
  totalTokensFresh: null,
  contextBudgetStatus: null,
}

/** A session's entry where it was found. */
interface Found extends ReadStore {
  readonly entry: DocumentEntry
}

/** Changes single sessions of a state directory, under OpenClaw's lock protocol. */
export class StoreEditing implements StoreEditor {
  readonly #paths: StatePaths
  readonly #known: KnownFolders
  readonly #lockTimeoutMs: number | undefined

  constructor(paths: StatePaths, known: KnownFolders, lockTimeoutMs?: number) {
    this.#paths = paths
    this.#known = known
    this.#lockTimeoutMs = lockTimeoutMs
  }

  async patch(session: StoredSession, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
    const found = await this.#find(session.key)
    return found !== null && this.#change(found, (now, lock) => this.#set(now, fields, lock))
  }

  async putAway(session: StoredSession, reason: ArchiveReason): Promise<readonly string[] | null> {
    const found = await this.#find(session.key)
    if (found === null) return null
    assertListed(found.looked.around, found.entry.entry.facts.agent)
    const files = filesOf(found)
    const what = transcriptOf(session.key)
    const move = async () => {
      let alone: readonly FilePlace[] = []
      const removed = await this.#change(found, async ({ document, entry, looked }, lock) => {
        alone = files.filter(({ name }) => !isShared(name, entry, document))
        const text = document.without(new Set([entry.key]))
        if (text !== null) await writeStore(looked, text, lock)
      })
      return removed ? archiveAll(alone, reason) : null
    }
    const locked = files.reduceRight<() => Promise<readonly string[] | null>>(
      (work, file) => () => this.#withTranscript(what, file, () => work()),
      move,
    )
    return locked()
  }

  async compact(session: StoredSession, options: CutOptions): Promise<CutTranscript> {
    const found = await this.#find(session.key)
    if (found !== null) assertListed(found.looked.around, found.entry.entry.facts.agent)
    const file = found === null ? null : fileOf(found)
    if (found === null || file === null) return { compacted: false, kept: 0, archived: null }
    const what = transcriptOf(session.key)
    return this.#withTranscript(what, file, async (lock) => {
      const permit = () => assertHeld(lock, what, 'cut')
      const { maxLines, transcriptOnly = false } = options
      const cut = await cutTranscript(file, { maxLines, permit, header: () => headerOf(found) })
      if (cut.compacted && !transcriptOnly) await this.#forgetContext(found)
      return cut
    })
  }

  /** The cut is done: a store that is locked just then keeps its numbers until the next run writes them. */
  async #forgetContext(found: Found): Promise<void> {
    try {
      await this.#change(found, (now, lock) => this.#set(now, AFTER_A_CUT, lock))
    } catch (error) {
      if (!(error instanceof SessionsError) || error.code !== 'unavailable') throw error
    }
  }

  /** The session's entry in the store that counts: its own agent's before one that others have too. */
  async #find(key: string): Promise<Found | null> {
    let best: Found | null = null
    for (const looked of await lookAt(this.#paths, this.#known)) {
      if (!looked.served) continue
      const found = await findIn(looked, key)
      if (found !== null && (best === null || outranks(found, best))) best = found
    }
    return best
  }

  /** False when the entry is gone by the time the lock is held. */
  #change(
    { entry, looked }: Found,
    change: (now: Found, lock: FileLock) => Promise<void>,
  ): Promise<boolean> {
    const { spot, what } = looked
    const file = { path: pathOf(spot.file), what, timeoutMs: this.#lockTimeoutMs }
    return underLock(lockStore, file, async (lock) => {
      const now = await findIn(looked, entry.key)
      if (now === null) return false
      await change(now, lock)
      return true
    })
  }

  async #set(
    { document, entry, looked }: Found,
    fields: Readonly<Record<string, unknown>>,
    lock: FileLock,
  ): Promise<void> {
    if (typeof fields.label === 'string') assertFreeLabel(fields.label, entry, document)
    const updatedAt = Math.max(entry.entry.facts.updatedAtMs ?? 0, Date.now())
    const text = document.with(entry, { ...fields, updatedAt })
    await writeStore(looked, text, lock)
  }

  /** Under the transcript's lock: a run that is going on would append to what is being moved. */
  #withTranscript<T>(
    what: string,
    file: FilePlace,
    work: (lock: FileLock) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = this.#lockTimeoutMs
    return underLock(lockTranscript, { path: pathOf(file), what, timeoutMs }, work)
  }
}

async function findIn(looked: LookedSpot, key: string): Promise<Found | null> {
  const store = await readLockedStore(looked)
  const entry = store.document.entries.get(key)
  return entry === undefined ? null : { ...store, entry }
}

function outranks(a: Found, b: Found): boolean {
  const [owns, other] = [a, b].map(
    ({ entry, looked }) => looked.spot.agent === entry.entry.facts.agent,
  )
  if (owns !== other) return owns === true
  return (a.entry.entry.facts.updatedAtMs ?? 0) > (b.entry.entry.facts.updatedAtMs ?? 0)
}

/** The transcript, if it is a file that is there. */
function fileOf({ entry, looked }: Found): FilePlace | null {
  const { file }: Located = locate(entry.entry, looked.around)
  if (file === null || file.folder.kind(file.name) !== 'file') return null
  return { dir: file.folder.dir, name: file.name }
}

/** The one that is read first, then those of its threads: none of them is anybody's once the session is gone. */
function filesOf(found: Found): readonly FilePlace[] {
  const first = fileOf(found)
  const all = ownTranscripts(found.entry.entry, found.looked.around).map(({ folder, name }) => ({
    dir: folder.dir,
    name,
  }))
  const others = all.filter(({ dir, name }) => dir !== first?.dir || name !== first.name)
  return first === null ? [] : [first, ...others]
}

function isShared(name: string, own: DocumentEntry, document: StoreDocument): boolean {
  const ids = new Set(sessionIdsIn(name).map((id) => id.toLowerCase()))
  return [...document.entries.values()].some((other) => {
    if (other.key === own.key) return false
    const { sessionId } = other.entry.facts
    return (
      (sessionId !== null && ids.has(sessionId.toLowerCase())) || ownFiles(other).includes(name)
    )
  })
}

async function archiveAll(
  files: readonly FilePlace[],
  reason: ArchiveReason,
): Promise<readonly string[]> {
  const archives: string[] = []
  for (const { dir, name } of files) {
    const archive = await archiveFile(dir, name, reason)
    if (archive !== null) archives.push(archive)
  }
  for (const dir of new Set(files.map((file) => file.dir))) await syncFolder(dir)
  return archives
}

function assertFreeLabel(label: string, own: DocumentEntry, document: StoreDocument): void {
  for (const { entry, key } of document.entries.values())
    if (key !== own.key && entry.facts.label === label)
      throw new SessionsError(
        'impossible_state',
        'Another session of this agent has that label: choose another one.',
      )
}

/** The transcript of a session, as the beginning of a sentence. */
function transcriptOf(key: string): string {
  return `The transcript of ${key}`
}

/** For a transcript that lost its own. Source: formats 2026.4 §4. */
function headerOf({ entry }: Found): string {
  const { sessionId, workingDir } = entry.entry.facts
  const timestamp = new Date().toISOString()
  return JSON.stringify({
    type: 'session',
    version: 3,
    id: sessionId,
    timestamp,
    cwd: workingDir ?? '',
  })
}
