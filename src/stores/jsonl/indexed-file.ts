import { crc32 } from 'node:zlib'
import { isUnreadable, type SessionsError } from '../../errors.js'
import { reading } from '../../system/unreadable.js'
import { type ByteSource, readBytes } from './byte-source.js'
import { type CutParts, NO_PARTS, readCutParts } from './cut-parts.js'
import {
  type FileVersion,
  SAMPLE_BYTES,
  sameVersion,
  sampleEnds,
  versionAt,
} from './file-version.js'
import { type FoundCopies, findCopies, NO_ANCESTRY } from './find-copies.js'
import { MAX_LINE_BYTES } from './huge-line.js'
import { Opening } from './opening.js'
import { ReadAhead } from './read-ahead.js'
import type { SavedIndex } from './saved-indexes.js'
import { scanInto } from './scan.js'
import { type IndexedFileTools, TRANSCRIPT, type TranscriptFile } from './transcript-file.js'
import { type IndexData, TranscriptIndex } from './transcript-index.js'

/** More new bytes than this are not read ahead: they would be in memory twice. */
const MAX_AHEAD_BYTES = 256 * 1024

/** Looks in a row at a file that is rewritten under each of them; the next one begins anew. */
const MAX_LOOKS = 4

/** A file as it was just looked at. */
export interface Look {
  readonly index: TranscriptIndex
  /** What was read of the file for this look, `null` when nothing was: new lines need not be read again. */
  readonly fresh: ReadAhead | null
}

/**
 * The index of a transcript file, kept in step with the file: only new bytes are read again, and a file that is not the
 * one that was read before, or lost or changed what was read, is read anew.
 */
export class IndexedFile {
  readonly file: TranscriptFile
  readonly #tools: IndexedFileTools
  #parts: CutParts = NO_PARTS
  #found = NO_ANCESTRY
  /** The first paid line that others were told of; `undefined`: none was, since the index was begun. */
  #notedPaid: number | null | undefined
  #hasOtherSums = false
  /** Why its sums may be wrong: a part of it, or what it was forked from, could not be read. */
  #sumsProblem: SessionsError | null = null
  #index: TranscriptIndex
  #indexedBytes = 0
  /** Of the bytes that are indexed; kept when the file is looked at again. */
  #sample = 0
  #version: FileVersion | null = null
  #exact = false
  #isStale = false
  #savedBytes = 0
  #tried = false
  #saving: Promise<void> | null = null
  #refreshing: Promise<Look> | null = null
  #next: Promise<Look> | null = null

  constructor(file: TranscriptFile, tools: IndexedFileTools) {
    this.file = file
    this.#tools = tools
    this.#index = this.#newIndex()
  }

  /** Size of the file when it was last looked at. */
  get size(): number {
    return this.#version?.size ?? 0
  }

  get parts(): CutParts {
    return this.#parts
  }

  /** Bytes of memory that the index takes. */
  get memory(): number {
    return this.#index.bytes
  }

  /**
   * The index as of now. Callers at the same time share one look at the file, but never one that began before they
   * asked: what made them ask might not be in it.
   */
  refresh(): Promise<Look> {
    if (this.#next !== null) return this.#next
    if (this.#refreshing !== null) {
      this.#next = this.#refreshing.catch(() => undefined).then(() => this.#start())
      return this.#next
    }
    return this.#start()
  }

  /** Throws `source_unreadable` while its sums may be wrong. */
  assertWhole(): void {
    if (this.#sumsProblem !== null) throw this.#sumsProblem
  }

  /** Forgets what was read: a line was not where the index says, or not whole. Every line is parsed from now on. */
  invalidate(): void {
    // Not at once: a look that is under way would go on with an index that it no longer covers.
    this.#isStale = true
  }

  /** Makes the sums anew at the next look: another session paid for lines that are here too. */
  sumAnew(): void {
    this.#hasOtherSums = true
    this.file.onOtherSums?.()
  }

  /** Resolves when nothing is being saved any more. */
  async settled(): Promise<void> {
    await this.#refreshing?.catch(() => undefined)
    await this.#saving
  }

  #start(): Promise<Look> {
    this.#next = null
    this.#refreshing = reading(TRANSCRIPT, () => this.#refresh()).finally(() => {
      this.#refreshing = null
    })
    this.#refreshing.then(
      () => this.#tell(this.#sumsProblem),
      (error: unknown) => this.#tell(error),
    )
    return this.#refreshing
  }

  #tell(problem: unknown): void {
    this.#tools.onLook(this.file, isUnreadable(problem) ? String(problem.details.reason) : null)
  }

  async #refresh(): Promise<Look> {
    for (let looks = 1; ; looks++) {
      const look = await this.#look()
      if (!this.#isStale || looks === MAX_LOOKS) return look
    }
  }

  async #look(): Promise<Look> {
    if (this.#isStale) this.#startOver()
    const seen = await versionAt(this.file.path)
    if (seen !== null && this.#isSame(seen)) return { index: this.#index, fresh: null }
    const opening = new Opening(this.file)
    try {
      const opened = await opening.get()
      const fresh = opened === null ? null : new ReadAhead(opened.handle)
      if (opened === null || fresh === null) this.#forget()
      else await this.#read(fresh, opened.version)
      return { index: this.#index, fresh }
    } finally {
      opening.close()
    }
  }

  #isSame(seen: FileVersion): boolean {
    if (this.#hasOtherSums || this.#sumsProblem !== null || this.#version === null) return false
    return sameVersion(this.#version, seen)
  }

  async #read(source: ReadAhead, version: FileVersion): Promise<void> {
    const former = this.#sumsProblem
    this.#sumsProblem = null
    const [partPaths] = await Promise.all([
      this.#orLast(() => this.file.cutParts(), this.#parts.paths),
      this.#fetchNews(source, version.size),
    ])
    const sameParts = partPaths.join('\n') === this.#parts.paths.join('\n')
    const continues = !this.#hasOtherSums && (await this.#continues(source, version))
    this.#hasOtherSums = false
    const isNew = !continues || former !== null
    if (isNew)
      this.#found = await this.#orLast(() => this.#findCopies(source, version), this.#found)
    if (!sameParts || (isNew && partPaths.length > 0))
      this.#parts = await this.#orLast(
        () => readCutParts(partPaths, this.#tools.prices, this.#found.copies),
        this.#parts,
      )
    const isMended = former !== null && this.#sumsProblem === null
    const hasOtherParts = !sameParts && this.#sumsProblem === null
    if (hasOtherParts || isMended || !continues) {
      this.#startOver()
      await this.#loadSaved(source, version)
    }
    const ends = await sampleEnds(source, version.size)
    const torn = this.#version === null ? 0 : this.#version.size - this.#indexedBytes
    if (
      torn <= MAX_LINE_BYTES ||
      (await hasNewline(source, this.#indexedBytes + torn, version.size))
    ) {
      await this.#scan(source, version)
    }
    this.#sample = await sampleEnds(source, this.#indexedBytes)
    // Else what was read is of two files, and the sample of the second would vouch for both.
    this.#isStale ||= (await sampleEnds(source, version.size)) !== ends
    this.#version = version
    if (this.#notesKin()) {
      this.#hasOtherSums = true
      return this.#read(source, version)
    }
    if (this.#indexedBytes - this.#savedBytes > this.#tools.limits.saveBytes) this.#save(version)
  }

  /** Lines that are not its own. */
  async #findCopies(source: ByteSource, { size }: FileVersion): Promise<FoundCopies> {
    const { forkedFrom, isCurrent = true, path } = this.file
    if (!isCurrent) return NO_ANCESTRY
    const { kinship, paidLines } = this.#tools
    const sources = {
      forkedFrom: async (parentSession: string | null) =>
        (await forkedFrom?.(parentSession))?.filter((one) => one !== path) ?? [],
      older: kinship.olderThan(path),
      paidLines,
    }
    return reading('What the transcript was forked from', () => findCopies(source, size, sources))
  }

  /** What could not be read now is as it was last. */
  async #orLast<T>(read: () => Promise<T>, last: T): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#sumsProblem = error
      return last
    }
  }

  /** True when an older transcript begins alike that was not asked for copies yet: this one is to be read anew. */
  #notesKin(): boolean {
    const { isCurrent = true, path } = this.file
    const { firstPaid, startedAtMs } = this.#index.facts
    if (!isCurrent || this.#notedPaid === firstPaid) return false
    this.#notedPaid = firstPaid
    const self = new WeakRef<IndexedFile>(this)
    const onOlder = () => self.deref()?.sumAnew()
    const { copies, parents } = this.#found
    this.#tools.kinship.note(firstPaid, { path, startedAtMs, parents, onOlder })
    const known = new Set(copies.paths)
    return !this.#tools.kinship.olderThan(path).every((older) => known.has(older))
  }

  /** What a look at a file that only grew takes: both ends of what was read before, and what is new. */
  async #fetchNews(source: ReadAhead, size: number): Promise<void> {
    const from = Math.max(0, this.#indexedBytes - SAMPLE_BYTES)
    if (size - from > MAX_AHEAD_BYTES) return
    const head = from === 0 ? undefined : source.fetch(0, SAMPLE_BYTES)
    await Promise.all([head, source.fetch(from, size)])
  }

  async #scan(source: ByteSource, { identity, size }: FileVersion): Promise<void> {
    const stretch = { from: this.#indexedBytes, to: size, exact: this.#exact }
    if (stretch.to - stretch.from < this.#tools.limits.threadBytes) {
      // Should the disk fail in the middle, the index would have lines that are not counted: it is made anew.
      const former = this.#version
      this.#version = null
      this.#indexedBytes = await scanInto(this.#index, source, stretch)
      this.#version = former
      return
    }
    const options = this.#options()
    const data = stretch.from === 0 ? {} : { data: this.#index.data() }
    const result = await this.#tools.thread.run({
      path: this.file.path,
      identity,
      options,
      ...stretch,
      ...data,
    })
    // Gone or replaced meanwhile.
    this.#isStale ||= result === null
    if (result === null) return
    this.#index = this.#newIndex(result.data)
    this.#indexedBytes = result.indexedBytes
  }

  /** True when what was read before is still there. */
  async #continues(source: ByteSource, version: FileVersion): Promise<boolean> {
    if (this.#version === null || this.#indexedBytes === 0) return false
    if (version.identity !== this.#version.identity || version.size < this.#indexedBytes)
      return false
    return (await sampleEnds(source, this.#indexedBytes)) === this.#sample
  }

  #forget(): void {
    this.#sumsProblem = null
    this.#parts = NO_PARTS
    this.#startOver()
  }

  #startOver(): void {
    this.#exact ||= this.#isStale
    this.#isStale = false
    this.#version = null
    this.#indexedBytes = 0
    this.#savedBytes = 0
    this.#notedPaid = undefined
    this.#index = this.#newIndex()
  }

  #newIndex(data?: IndexData): TranscriptIndex {
    return new TranscriptIndex(this.#options(), data)
  }

  #options() {
    const { prices } = this.#tools
    const { sessionId } = this.file
    return { sessionId, prices, paidElsewhere: this.#parts.paid, copies: this.#found.copies }
  }

  /** Takes over the saved index where it fits the file, once. */
  async #loadSaved(source: ByteSource, version: FileVersion): Promise<void> {
    const { saved } = this.#tools
    if (saved === null || this.#tried || version.size < this.#tools.limits.saveBytes) return
    this.#tried = true
    const found = await saved.load(this.#name())
    if (found === null || found.basis !== this.#basis() || found.identity !== version.identity)
      return
    if (found.indexedBytes > version.size) return
    if ((await sampleEnds(source, found.indexedBytes)) !== found.sample) return
    this.#index = this.#newIndex(found.data)
    this.#indexedBytes = found.indexedBytes
    this.#savedBytes = found.indexedBytes
    this.#exact = found.exact
  }

  #save({ identity }: FileVersion): void {
    const { saved } = this.#tools
    if (saved === null || this.#saving !== null) return
    this.#savedBytes = this.#indexedBytes
    const index: SavedIndex = {
      identity,
      indexedBytes: this.#indexedBytes,
      sample: this.#sample,
      basis: this.#basis(),
      exact: this.#exact,
      data: this.#index.data(),
    }
    this.#saving = saved.save(this.#name(), index).finally(() => {
      this.#saving = null
    })
  }

  #name(): string {
    return `${this.file.sessionId}\0${this.file.path}`
  }

  #basis(): string {
    const prices = JSON.stringify([...this.#tools.prices])
    const { beforeMs, paths } = this.#found.copies
    const copies = JSON.stringify([paths, beforeMs])
    return `${crc32(prices)}:${crc32(this.#parts.paths.join('\n'))}:${crc32(copies)}`
  }
}

/** Looks for the end of a huge torn line in its new bytes only. */
async function hasNewline(source: ByteSource, from: number, to: number): Promise<boolean> {
  const step = 1024 * 1024
  for (let at = from; at < to; at += step) {
    if ((await readBytes(source, at, Math.min(at + step, to))).includes(0x0a)) return true
  }
  return false
}
