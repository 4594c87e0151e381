import { SingleBar } from 'cli-progress'
import type { Progress } from './machine.js'

/** A bar on a terminal, unless the result is shown there too; else nothing. */
export function progressOn(
  output: NodeJS.WriteStream,
  showsResult: boolean,
  total: number,
): Progress {
  if (!output.isTTY || showsResult) return { update: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: '{bar} {percentage}% {value}/{total} {eta_formatted}',
    clearOnComplete: true,
    hideCursor: true,
    stream: output,
  })
  bar.start(total, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}
