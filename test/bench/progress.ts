import { SingleBar } from 'cli-progress'

/** Shows how far the making of something is; on a terminal as a bar, elsewhere as one line when it is done. */
export async function showProgress(
  what: string,
  total: number,
  steps: AsyncIterable<number>,
): Promise<void> {
  if (!process.stderr.isTTY) {
    for await (const _ of steps);
    process.stderr.write(`${what}: made\n`)
    return
  }
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% {eta_formatted}`,
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  })
  bar.start(total, 0)
  try {
    for await (const step of steps) bar.update(step)
  } finally {
    bar.stop()
  }
}
