import { readRegularFile } from '../directory/regular-file.js'
import { readLine } from '../format/line.js'

/** A longer transcript has messages, whatever it holds. */
const MAX_EMPTY_BYTES = 4096

/** True for a transcript without a message: nothing, or only what a gateway writes before the first one. */
export async function isEmptyTranscript(path: string): Promise<boolean> {
  const read = await readRegularFile(path, { maxBytes: MAX_EMPTY_BYTES })
  if (read.kind !== 'read') return false
  const texts = read.bytes
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '')
  // A line that cannot be read may have been a message.
  return texts
    .map((text) => readLine(text))
    .every((line) => line !== null && !isMessage(line.fields))
}

function isMessage({ message, type }: { readonly message?: unknown; readonly type?: unknown }) {
  return type === 'message' || (typeof message === 'object' && message !== null)
}
