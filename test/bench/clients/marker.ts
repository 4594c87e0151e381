/** Text that stands in a broadcast and nowhere else, with the broadcast's number. */
export const MARKER = Buffer.from('bench-mark-')
const DIGITS = 8
/** Length of a marker with its number. */
export const MARKER_CHARS = MARKER.length + DIGITS

/** The marker of a broadcast. */
export function markerOf(broadcast: number): string {
  return `${MARKER}${String(broadcast).padStart(DIGITS, '0')}`
}

/** The number of the marker that begins at `at`. */
export function markerNumber(bytes: Buffer, at: number): number {
  return Number(bytes.toString('latin1', at + MARKER.length, at + MARKER_CHARS))
}
