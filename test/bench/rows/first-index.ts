import { dropFromPageCache } from '../page-cache.js'
import { startBaseline } from '../processes/baseline.js'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import type { Row, Sample } from '../row.js'

const goal = { of: 'ratio', atMost: 3 } as const

export const FIRST_INDEX: Row = {
  name: 'first-index',
  title: 'first index of 1 GiB, off the event loop',
  baseline: 'one sequential read of the file, pieces of 1 MiB',
  metrics: [
    { name: 'cold', unit: 'ms', goal },
    { name: 'warm', unit: 'ms', goal },
    { name: 'worst loop stall', unit: 'ms' },
  ],
  async prepare(workspace) {
    const { transcriptMiB } = workspace.scale
    const stateDir = await workspace.transcripts([transcriptMiB])
    const file = await workspace.transcript(transcriptMiB)
    const cold = dropFromPageCache(file)
    const baseline = () => startBaseline('sequential-read', [file])
    const script = scriptPath(import.meta.url, '../subjects/first-index')
    return {
      baseline: () => measure(file, cold, baseline),
      ours: (dist) => () =>
        measure(file, cold, () => MeasuredProcess.start(script, { args: [dist, stateDir] })),
      notes: cold
        ? [
            'cold: what the kernel holds of the file is dropped before each round (dd iflag=nocache).',
          ]
        : [
            'The page cache could not be dropped here (GNU dd is missing): both rounds of first-index are warm.',
          ],
    }
  },
}

async function measure(file: string, cold: boolean, start: () => MeasuredProcess): Promise<Sample> {
  if (cold) dropFromPageCache(file)
  const first = await once(start())
  const second = await once(start())
  return { cold: first.ms, warm: second.ms, 'worst loop stall': second.stall }
}

async function once(process: MeasuredProcess): Promise<{ ms: number; stall: number }> {
  try {
    const done = process.news<{ ms: number }>('done')
    const { ms } = await done
    return { ms, stall: await process.ask<number>('stall') }
  } finally {
    await process.close()
  }
}
