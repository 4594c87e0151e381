import { createInterface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'

/** Ctrl-C at a question: the command ends without another word, as a process does that SIGINT ends. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/**
 * True for a yes that was typed; `null` where nobody can be asked. Anything else than a yes is a no, the end of the input
 * (Ctrl-D) too. Throws `InterruptedError` at Ctrl-C.
 */
export async function confirmOn(
  input: NodeJS.ReadStream | ReadStream,
  output: NodeJS.WriteStream | WriteStream,
  question: string,
): Promise<boolean | null> {
  if (!input.isTTY || !output.isTTY) return null
  const lines = createInterface({ input, output })
  try {
    return await new Promise<boolean>((resolve, reject) => {
      // Nobody pressed Enter: what is printed next begins on a line of its own.
      const ended = (settle: () => void) => () => {
        output.write('\n')
        settle()
      }
      lines.once(
        'SIGINT',
        ended(() => reject(new InterruptedError())),
      )
      lines.once(
        'close',
        ended(() => resolve(false)),
      )
      lines.question(`${question} [y/N] `, (answer) => {
        lines.removeAllListeners('close')
        resolve(/^y(es)?$/i.test(answer.trim()))
      })
    })
  } finally {
    lines.close()
  }
}
