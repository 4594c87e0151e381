import type { Position } from '../../contract/position.js'
import { formatPosition } from '../../contract/position.js'
import { advanceFingerprint, seedFingerprint } from '../openclaw/format/fingerprint.js'
import { wordColumn } from './column.js'

/** A position, taken apart. */
export interface ViewPlace {
  readonly seq: number
  readonly fingerprint: number
}

/** The visible entries of one branch in order: the entry with `seq` stands at index `seq - 1`. */
export class TranscriptView {
  readonly #seed: number
  readonly #nodes = wordColumn()
  readonly #fingerprints = wordColumn()

  constructor(sessionId: string | null) {
    this.#seed = seedFingerprint(sessionId)
  }

  get length(): number {
    return this.#nodes.length
  }

  get bytes(): number {
    return this.#nodes.bytes + this.#fingerprints.bytes
  }

  push(node: number, key: number): void {
    const before = this.#fingerprint(this.length)
    this.#nodes.push(node)
    this.#fingerprints.push(advanceFingerprint(before, key))
  }

  /** Index in the line table of the entry with this seq, from 1. */
  node(seq: number): number {
    return this.#nodes.at(seq - 1)
  }

  /** The place right after the entry with this seq; 0 is the start. */
  position(seq: number): Position {
    return formatPosition(seq, this.#fingerprint(seq))
  }

  /** True when the place lies on this view as it is now. */
  holds(place: ViewPlace): boolean {
    return place.seq <= this.length && this.#fingerprint(place.seq) === place.fingerprint
  }

  #fingerprint(seq: number): number {
    return seq === 0 ? this.#seed : this.#fingerprints.at(seq - 1)
  }
}
