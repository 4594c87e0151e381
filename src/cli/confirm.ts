import { createInterface } from 'node:readline/promises'
import type { ReadStream, WriteStream } from 'node:tty'

/** True for a yes that was typed; `null` where nobody can be asked. Anything else than a yes is a no. */
export async function confirmOn(
  input: NodeJS.ReadStream | ReadStream,
  output: NodeJS.WriteStream | WriteStream,
  question: string,
): Promise<boolean | null> {
  if (!input.isTTY || !output.isTTY) return null
  const lines = createInterface({ input, output })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
