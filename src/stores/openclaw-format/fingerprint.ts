import { crc32 } from 'node:zlib'
import type { Line } from './line.js'

/** Fingerprint of the empty prefix. */
export function seedFingerprint(sessionId: string | null): number {
  return crc32(sessionId ?? '')
}

/**
 * The running checksum after one more visible entry. An entry without an id counts by its length and time; never by its
 * text, which a fingerprint would betray under redaction.
 */
export function advanceFingerprint(
  fingerprint: number,
  line: Pick<Line, 'id' | 'bytes' | 'timestampMs'>,
): number {
  return crc32(
    line.id === null ? `\t${line.bytes}:${line.timestampMs ?? ''}\n` : `${line.id}\n`,
    fingerprint,
  )
}
