import { type ByteSource, readBytes } from './byte-source.js'

interface Piece {
  readonly from: number
  readonly bytes: Buffer
}

/**
 * A file with stretches of it in memory. Looking at a file that grew takes some small reads, each of which waits for the
 * one before: read ahead, all of them wait once.
 */
export class ReadAhead implements ByteSource {
  readonly #file: ByteSource
  readonly #pieces: Piece[] = []

  constructor(file: ByteSource) {
    this.#file = file
  }

  /** Reads a stretch into memory; several may be asked for at once. */
  async fetch(from: number, to: number): Promise<void> {
    this.#pieces.push({ from, bytes: await readBytes(this.#file, from, to) })
  }

  /** True when this stretch is in memory: reading it does not need the file. */
  covers(from: number, to: number): boolean {
    return this.#pieceOf(from, to) !== undefined
  }

  async read(buffer: Buffer, offset: number, length: number, position: number) {
    const piece = this.#pieceOf(position, position + length)
    if (piece === undefined) return this.#file.read(buffer, offset, length, position)
    const start = position - piece.from
    return { bytesRead: piece.bytes.copy(buffer, offset, start, start + length) }
  }

  #pieceOf(from: number, to: number): Piece | undefined {
    return this.#pieces.find((piece) => piece.from <= from && to <= piece.from + piece.bytes.length)
  }
}
