import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Writes, and waits while the reader at the other end has enough: else all of it would pile up in memory. */
export async function writeAll(output: Writable, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain')
}
