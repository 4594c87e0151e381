import { dropFromPageCache } from '../page-cache.js'
import { startBaseline } from '../processes/baseline.js'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import type { Row } from '../row.js'

export const FIRST_INDEX: Row = {
  name: 'first-index',
  title: 'first index of 1 GiB, off the event loop',
  baseline: 'one sequential read of the file, pieces of 1 MiB',
  metrics: [
    { name: 'cold', unit: 'ms', goal: { of: 'ratio', atMost: 3 } },
    // No goal: reading from memory is a copy, at several times the speed at which anybody can look at the bytes.
    { name: 'warm', unit: 'ms' },
    { name: 'worst loop stall', unit: 'ms' },
  ],
  async prepare(workspace) {
    const size = { mib: workspace.scale.transcriptMiB }
    const stateDir = await workspace.transcripts([size])
    const file = await workspace.transcript(size)
    const cold = dropFromPageCache(file)
    const baseline = () => startBaseline('sequential-read', [file])
    const script = scriptPath(import.meta.url, '../subjects/first-index')
    return {
      baseline: async () => {
        // It reads on the main thread: what it stalls is no figure.
        const { 'worst loop stall': _, ...sample } = await measure(file, cold, baseline)
        return sample
      },
      ours: (dist) => () =>
        measure(file, cold, () => MeasuredProcess.start(script, { args: [dist, stateDir] })),
      notes: cold
        ? [
            'cold: what the kernel holds of the file is dropped before each round (dd iflag=nocache).',
          ]
        : [
            'the page cache could not be dropped here (GNU dd is missing), nothing cold was measured.',
          ],
    }
  },
}

async function measure(
  file: string,
  cold: boolean,
  start: () => MeasuredProcess,
): Promise<Record<string, number>> {
  if (cold) dropFromPageCache(file)
  // Where nothing can be dropped, this one only fills the cache.
  const first = await run(start())
  const second = await run(start())
  const sample = { warm: second.ms, 'worst loop stall': second.stall }
  return cold ? { ...sample, cold: first.ms } : sample
}

/** In a process of its own, whose start is not counted. */
async function run(subject: MeasuredProcess): Promise<{ ms: number; stall: number }> {
  try {
    await subject.ask('loaded')
    await subject.ask('resetStall')
    const ms = await subject.ask<number>('run')
    return { ms, stall: await subject.ask<number>('stall') }
  } finally {
    await subject.close()
  }
}
