import type { FileHandle } from 'node:fs/promises'
import type { PriceTable } from '../openclaw-format/prices.js'
import { type CutParts, NO_PARTS, readCutParts } from './cut-parts.js'
import {
  type FileVersion,
  openFile,
  sameVersion,
  sampleEnds,
  versionAt,
  versionOf,
} from './file-version.js'
import { MAX_LINE_BYTES, readBytes, scanLines } from './line-reader.js'
import { TranscriptIndex } from './transcript-index.js'

/** A transcript file as its store names it. */
export interface TranscriptFile {
  readonly path: string
  readonly sessionId: string | null
  /** Paths of parts that were cut from it, oldest first. */
  cutParts(): Promise<readonly string[]>
}

/**
 * The index of a transcript file, kept in step with the file: only new bytes are read again, and a file that is not the
 * one that was read before, or lost or changed what was read, is read anew.
 */
export class IndexedFile {
  readonly file: TranscriptFile
  readonly #prices: PriceTable
  #index: TranscriptIndex
  #parts: CutParts = NO_PARTS
  #version: FileVersion | null = null
  #indexedBytes = 0
  #sample = 0
  #refreshing: Promise<TranscriptIndex> | null = null
  #next: Promise<TranscriptIndex> | null = null

  constructor(file: TranscriptFile, prices: PriceTable) {
    this.file = file
    this.#prices = prices
    this.#index = new TranscriptIndex(file.sessionId, prices)
  }

  /** Size of the file when it was last looked at. */
  get size(): number {
    return this.#version?.size ?? 0
  }

  /** Bytes that the index covers: up to the last newline. */
  get indexedBytes(): number {
    return this.#indexedBytes
  }

  get parts(): CutParts {
    return this.#parts
  }

  /**
   * The index as of now. Callers at the same time share one look at the file, but never one that began before they
   * asked: what made them ask might not be in it.
   */
  refresh(): Promise<TranscriptIndex> {
    if (this.#next !== null) return this.#next
    if (this.#refreshing !== null) {
      this.#next = this.#refreshing.catch(() => undefined).then(() => this.#start())
      return this.#next
    }
    return this.#start()
  }

  /** Forgets what was read: a line was not where the index says. */
  invalidate(): void {
    this.#version = null
    this.#indexedBytes = 0
  }

  #start(): Promise<TranscriptIndex> {
    this.#next = null
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refresh(): Promise<TranscriptIndex> {
    const seen = await versionAt(this.file.path)
    if (seen !== null && this.#version !== null && sameVersion(this.#version, seen))
      return this.#index
    const handle = seen === null ? null : await openFile(this.file.path)
    if (handle === null) {
      this.#startOver(NO_PARTS)
      this.#version = null
      return this.#index
    }
    try {
      await this.#read(handle)
    } finally {
      await handle.close()
    }
    return this.#index
  }

  async #read(handle: FileHandle): Promise<void> {
    const version = versionOf(await handle.stat({ bigint: true }))
    const partPaths = await this.file.cutParts()
    const sameParts = partPaths.join('\n') === this.#parts.paths.join('\n')
    if (!sameParts || !(await this.#continues(handle, version))) {
      this.#startOver(sameParts ? this.#parts : await readCutParts(partPaths, this.#prices))
    }
    const torn = this.#version === null ? 0 : this.#version.size - this.#indexedBytes
    if (
      torn <= MAX_LINE_BYTES ||
      (await hasNewline(handle, this.#indexedBytes + torn, version.size))
    ) {
      const index = this.#index
      this.#indexedBytes = await scanLines(
        handle,
        this.#indexedBytes,
        version.size,
        (line, offset) => index.add(line, offset),
      )
    }
    this.#sample = await sampleEnds(handle, this.#indexedBytes)
    this.#version = version
  }

  /** True when what was read before is still there. */
  async #continues(handle: FileHandle, version: FileVersion): Promise<boolean> {
    if (this.#version === null || this.#indexedBytes === 0) return false
    if (version.identity !== this.#version.identity || version.size < this.#indexedBytes)
      return false
    return (await sampleEnds(handle, this.#indexedBytes)) === this.#sample
  }

  #startOver(parts: CutParts): void {
    this.#parts = parts
    this.#version = null
    this.#indexedBytes = 0
    this.#index = new TranscriptIndex(this.file.sessionId, this.#prices, parts.paid)
  }
}

/** Looks for the end of a huge torn line in its new bytes only. */
async function hasNewline(handle: FileHandle, from: number, to: number): Promise<boolean> {
  const step = 256 * 1024
  for (let at = from; at < to; at += step) {
    if ((await readBytes(handle, at, Math.min(at + step, to))).includes(0x0a)) return true
  }
  return false
}
