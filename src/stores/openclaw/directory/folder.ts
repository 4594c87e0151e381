import type { Dirent } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import type { LockEvidence } from '../../../contract/store.js'
import { KeysByName } from '../../../system/keys-by-name.js'
import { inSlices } from '../../../system/slices.js'
import { systemCode } from '../../../system/system-code.js'
import { GONE } from '../../../system/unreadable.js'
import { leavesRoot, pathOf } from '../paths.js'
import { HeldLocks } from '../sessions-json/held-locks.js'
import { isTranscriptName, lockedTranscript, sessionIdsOfVariant } from './file-names.js'
import type { FolderNotice } from './notices.js'
import { type RegularFileVersion, regularFileVersion } from './regular-file.js'

/**
 * A folder is not listed again for so many times as long as that took. Every replaced store file is a change of its
 * folder, and to list 30,000 files takes 40 ms each time; the names of files that moved are told by its watch anyway.
 */
const LISTING_REST = 50

const REFUSED =
  'The sessions folder leads elsewhere by a symbolic link and is not read: its real path is outside of the real folder of the agents. Put the folder itself there, or set OPENCLAW_STATE_DIR to the real state directory.'

/** Codes of a folder that is not there. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

/** What stands under a transcript's name. Only a `file` is ever opened. */
export type FileKind = 'file' | 'link' | 'special'

/**
 * Which transcripts and transcript locks a sessions folder holds, kept up to date from its listing and from the names
 * that a directory watch gives: nobody ever asks for ten thousand paths one by one.
 */
export class Folder {
  readonly dir: string
  readonly #root: string
  readonly #kinds = new Map<string, FileKind>()
  /** Transcripts that are named otherwise than by their session id alone. */
  readonly #variants = new KeysByName()
  readonly #locks: HeldLocks
  readonly #listed: Promise<void>
  #setListed: () => void = () => undefined
  #version: RegularFileVersion | null = null
  /** The device that it was on when it was listed; `null`: it never was there. */
  #device: bigint | null = null
  #problem: string | null = null
  #refused: string | null = null
  #restsUntil = 0
  #isListingOwed = false

  /** `root`: what the folder must really be inside of, links on the way included. */
  constructor(dir: string, root: string) {
    this.dir = dir
    this.#root = root
    this.#locks = new HeldLocks(dir)
    this.#listed = new Promise((resolve) => {
      this.#setListed = resolve
    })
  }

  get holdsLocks(): boolean {
    return this.#locks.size > 0
  }

  /**
   * The system's code while the folder cannot be listed, `GONE` when it was there before: what was seen in it counts on.
   * `null` also for a folder that never was there.
   */
  get problem(): string | null {
    return this.#problem
  }

  /** True while a folder that was seen is not there, or has another, empty volume in its place. Looks at the disk. */
  async isGone(): Promise<boolean> {
    if (this.#device === null) return false
    try {
      return (await stat(this.dir, { bigint: true })).dev !== this.#device
    } catch (error) {
      if (systemCode(error) === null) throw error
      return true
    }
  }

  /** Milliseconds until a listing that was put off may be made; `null` when none was. */
  get listingDueMs(): number | null {
    return this.#isListingOwed ? Math.max(0, this.#restsUntil - performance.now()) : null
  }

  kind(transcript: string): FileKind | null {
    return this.#kinds.get(transcript) ?? null
  }

  /** Transcripts here of one thread of a session, or named by their time too; in the order of their names. */
  variants(sessionId: string): readonly string[] {
    return [...this.#variants.of(sessionId)].sort()
  }

  lock(transcript: string): LockEvidence | null {
    return this.#locks.of(transcript)
  }

  /** Resolves when the folder was listed for the first time. */
  listed(): Promise<void> {
    return this.#listed
  }

  /** Looks where the folder really is; why nothing in it is read, as sentences, or `null` when it may be. */
  async enter(): Promise<string | null> {
    try {
      this.#refused = (await leavesRoot(this.dir, this.#root)) ? REFUSED : null
    } catch (error) {
      if (systemCode(error) === null) throw error
      // Absent or unreadable: its store file says why.
      this.#refused = null
    }
    return this.#refused
  }

  /** Looks at what was noticed; returns the transcripts that appeared, went, or whose lock changed. */
  async refresh({ all, locks, names }: FolderNotice): Promise<Set<string>> {
    const changed = new Set<string>()
    if (all) await this.#list(changed).finally(this.#setListed)
    // Also beside a listing: it may have been put off.
    if (this.#refused === null)
      await Promise.all([...names].map((name) => this.#look(name, changed)))
    if (locks) await this.#locks.recheck(changed)
    return changed
  }

  async #list(changed: Set<string>): Promise<void> {
    const listed = await this.#readListing()
    if (listed === 'same') {
      for (const name of this.#locks.halfWritten) await this.#locks.read(name, changed)
      return
    }
    const kinds = new Map<string, FileKind>()
    const locks = new Set<string>()
    await inSlices(listed, (entry) => {
      const locked = lockedTranscript(entry.name)
      if (locked !== null) locks.add(locked)
      else if (isTranscriptName(entry.name)) kinds.set(entry.name, kindOf(entry))
    })
    await this.#keepKinds(kinds, changed)
    for (const name of this.#locks.transcripts)
      if (!locks.has(name)) this.#locks.drop(name, changed)
    for (const name of locks) await this.#locks.read(name, changed)
  }

  /** `same`: as before, also while it cannot be listed, or to be listed later. */
  async #readListing(): Promise<readonly Dirent[] | 'same'> {
    try {
      const stats = await stat(this.dir, { bigint: true })
      const version = regularFileVersion(stats)
      if ((await this.enter()) !== null) return this.#forget()
      this.#isListingOwed = false
      if (this.#version?.settled && this.#version.tag === version.tag) return 'same'
      if (performance.now() < this.#restsUntil) {
        this.#isListingOwed = true
        return 'same'
      }
      const names = await this.#readNames()
      if (this.#isEmptied(stats.dev, names)) return this.#keep(GONE)
      this.#version = version
      this.#device = stats.dev
      this.#problem = null
      return names
    } catch (error) {
      const code = systemCode(error)
      if (code === null) throw error
      this.#refused = null
      if (!ABSENT.has(code)) return this.#keep(code)
      return this.#device === null ? this.#forget() : this.#keep(GONE)
    }
  }

  /** An unmounted volume leaves the empty folder that it was mounted on, which is of another device. */
  #isEmptied(device: bigint, names: readonly Dirent[]): boolean {
    if (this.#device === null || this.#device === device || this.#kinds.size === 0) return false
    return !names.some(({ name }) => isTranscriptName(name))
  }

  /** What was seen counts until the folder can be listed again. */
  #keep(problem: string): 'same' {
    this.#problem = problem
    this.#version = null
    this.#isListingOwed = false
    return 'same'
  }

  async #readNames(): Promise<readonly Dirent[]> {
    const begun = performance.now()
    const names = await readdir(this.dir, { withFileTypes: true })
    const ended = performance.now()
    this.#restsUntil = ended + (ended - begun) * LISTING_REST
    return names
  }

  #forget(): readonly Dirent[] {
    this.#version = null
    this.#problem = null
    this.#isListingOwed = false
    return []
  }

  async #look(name: string, changed: Set<string>): Promise<void> {
    const locked = lockedTranscript(name)
    if (locked !== null) return this.#locks.read(locked, changed)
    if (!isTranscriptName(name)) return
    try {
      this.#keepKind(name, kindOf(await lstat(pathOf({ dir: this.dir, name }))), changed)
    } catch (error) {
      const code = systemCode(error)
      if (code === null) throw error
      if (ABSENT.has(code) && !(await this.isGone())) this.#keepKind(name, null, changed)
    }
  }

  async #keepKinds(kinds: ReadonlyMap<string, FileKind>, changed: Set<string>): Promise<void> {
    for (const names of [this.#kinds.keys(), kinds.keys()])
      await inSlices(names, (name) => this.#keepKind(name, kinds.get(name) ?? null, changed))
  }

  #keepKind(name: string, kind: FileKind | null, changed: Set<string>): void {
    if (this.kind(name) === kind) return
    if (kind === null) this.#kinds.delete(name)
    else this.#kinds.set(name, kind)
    for (const id of sessionIdsOfVariant(name)) {
      if (kind === null) this.#variants.delete(id, name)
      else this.#variants.add(id, name)
    }
    changed.add(name)
  }
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isSymbolicLink'>): FileKind {
  if (entry.isFile()) return 'file'
  return entry.isSymbolicLink() ? 'link' : 'special'
}
