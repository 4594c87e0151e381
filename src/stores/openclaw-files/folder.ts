import type { Dirent } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import type { LockEvidence } from '../../contract/store.js'
import { isTranscriptName, lockedTranscript, lockName } from './file-names.js'
import { judgeLock, type Lock, readLock } from './lock.js'
import { leavesRoot, pathOf } from './paths.js'
import { errorCode, type FileVersion, versionOf } from './regular-file.js'
import { same } from './same.js'

/** What stands under a transcript's name. Only a `file` is ever opened. */
export type FileKind = 'file' | 'link' | 'special'

interface HeldLock {
  readonly lock: Lock
  readonly evidence: LockEvidence
}

/**
 * Which transcripts and transcript locks a sessions folder holds, kept up to date from its listing and from the names
 * that a directory watch gives: nobody ever asks for ten thousand paths one by one.
 */
export class Folder {
  readonly dir: string
  readonly #root: string
  #kinds = new Map<string, FileKind>()
  #locks = new Map<string, HeldLock>()
  #version: FileVersion | null = null
  #refused: string | null = null

  /** `root`: what the folder must really be inside of, links on the way included. */
  constructor(dir: string, root: string) {
    this.dir = dir
    this.#root = root
  }

  /** Why nothing in here is read, as half a sentence; `null` when it may be. */
  get refused(): string | null {
    return this.#refused
  }

  get holdsLocks(): boolean {
    return this.#locks.size > 0
  }

  kind(transcript: string): FileKind | null {
    return this.#kinds.get(transcript) ?? null
  }

  lock(transcript: string): LockEvidence | null {
    return this.#locks.get(transcript)?.evidence ?? null
  }

  /** Looks at some names, or at everything; returns the transcripts that appeared, went, or whose lock changed. */
  async refresh(names: ReadonlySet<string> | 'all'): Promise<Set<string>> {
    const changed = new Set<string>()
    if (names === 'all') await this.#list(changed)
    else if (this.#refused === null)
      await Promise.all([...names].map((name) => this.#look(name, changed)))
    return changed
  }

  /** Asks again whether the holders of known locks live; returns the transcripts for which that changed. */
  async recheckLocks(): Promise<Set<string>> {
    const changed = new Set<string>()
    for (const [transcript, { lock }] of [...this.#locks])
      this.#keepLock(transcript, lock, await judgeLock(lock), changed)
    return changed
  }

  async #list(changed: Set<string>): Promise<void> {
    const listed = await this.#readListing()
    if (listed === 'same') {
      await Promise.all([...this.#locks.keys()].map((name) => this.#readLock(name, changed)))
      return
    }
    const kinds = new Map<string, FileKind>()
    const locks = new Set<string>()
    for (const entry of listed) {
      const locked = lockedTranscript(entry.name)
      if (locked !== null) locks.add(locked)
      else if (isTranscriptName(entry.name)) kinds.set(entry.name, kindOf(entry))
    }
    for (const name of new Set([...this.#kinds.keys(), ...kinds.keys()]))
      this.#keepKind(name, kinds.get(name) ?? null, changed)
    for (const name of new Set([...this.#locks.keys(), ...locks]))
      await this.#readLock(name, changed)
  }

  /** An absent or unreadable folder lists nothing; its store file says why. */
  async #readListing(): Promise<readonly Dirent[] | 'same'> {
    try {
      const version = versionOf(await stat(this.dir, { bigint: true }))
      this.#refused = (await leavesRoot(this.dir, this.#root)) ? REFUSED : null
      if (this.#refused !== null) return this.#forget()
      if (this.#version?.settled && this.#version.tag === version.tag) return 'same'
      this.#version = version
      return await readdir(this.dir, { withFileTypes: true })
    } catch (error) {
      if (errorCode(error) === null) throw error
      this.#refused = null
      return this.#forget()
    }
  }

  #forget(): readonly Dirent[] {
    this.#version = null
    return []
  }

  async #look(name: string, changed: Set<string>): Promise<void> {
    const locked = lockedTranscript(name)
    if (locked !== null) return this.#readLock(locked, changed)
    if (!isTranscriptName(name)) return
    try {
      this.#keepKind(name, kindOf(await lstat(pathOf({ dir: this.dir, name }))), changed)
    } catch (error) {
      if (errorCode(error) === null) throw error
      this.#keepKind(name, null, changed)
    }
  }

  #keepKind(name: string, kind: FileKind | null, changed: Set<string>): void {
    if (this.kind(name) === kind) return
    if (kind === null) this.#kinds.delete(name)
    else this.#kinds.set(name, kind)
    changed.add(name)
  }

  async #readLock(transcript: string, changed: Set<string>): Promise<void> {
    const lock =
      this.#refused === null
        ? await readLock(pathOf({ dir: this.dir, name: lockName(transcript) }))
        : null
    this.#keepLock(transcript, lock, lock === null ? null : await judgeLock(lock), changed)
  }

  #keepLock(
    transcript: string,
    lock: Lock | null,
    evidence: LockEvidence | null,
    changed: Set<string>,
  ): void {
    if (!same(this.lock(transcript), evidence)) changed.add(transcript)
    if (lock === null || evidence === null) this.#locks.delete(transcript)
    else this.#locks.set(transcript, { lock, evidence })
  }
}

const REFUSED = 'leads elsewhere by a symbolic link'

function kindOf(entry: Pick<Dirent, 'isFile' | 'isSymbolicLink'>): FileKind {
  if (entry.isFile()) return 'file'
  return entry.isSymbolicLink() ? 'link' : 'special'
}
