import type { Line } from './line.js'

/** A 53-bit hash of a text, never 0: a million of them collide with a chance of one in ten thousand. */
export function textKey(text: string): number {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x5bd1e995)
    high ^= high >>> 15
  }
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0) || 1
}

/**
 * What a line adds to a fingerprint. A line without an id counts by its length and time; never by its text, which a
 * fingerprint would betray under redaction.
 */
export function entryKey(line: Pick<Line, 'id' | 'bytes' | 'timestampMs'>): number {
  return textKey(line.id ?? `\t${line.bytes}:${line.timestampMs ?? ''}`)
}

/**
 * What a line and its copies in other transcripts are known by: id and time, which a fork keeps. `null` for a line that
 * lacks one of them.
 */
export function copyKey({ id, timestampMs }: Pick<Line, 'id' | 'timestampMs'>): number | null {
  return id === null || timestampMs === null ? null : textKey(`${id}\t${timestampMs}`)
}

/** Fingerprint of the empty prefix. */
export function seedFingerprint(sessionId: string | null): number {
  return advanceFingerprint(0, textKey(sessionId ?? ''))
}

/** The running checksum (unsigned 32 bits) after one more visible entry, given that entry's key. */
export function advanceFingerprint(fingerprint: number, key: number): number {
  return mix(mix(fingerprint, key % 0x1_0000_0000), key / 0x1_0000_0000) >>> 0
}

/** One round of MurmurHash3 (public domain, Austin Appleby). */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const h = hash ^ k
  return Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64
}
