import { rmSync } from 'node:fs'
import { HUGE_KINDS } from '../data/huge-line.js'
import type { Row } from '../row.js'
import { serveHugeLine } from '../subjects/huge-line.js'

const MIB = 1024 * 1024
const KINDS = [...HUGE_KINDS, 'recording'] as const

export const HUGE_LINE: Row = {
  name: 'huge-line',
  title: 'one line of 1 GB (string, array, object, NULs; a recorded event): peak memory',
  baseline: 'resident before the line is appended',
  metrics: [
    ...KINDS.map((kind) => ({
      name: `${kind}, more than before`,
      unit: 'MiB',
      goal: { of: 'value', atMost: 64 } as const,
    })),
    ...KINDS.map((kind) => ({ name: `${kind}, worst loop stall`, unit: 'ms' })),
  ],
  async prepare(workspace) {
    const bytes = workspace.scale.transcriptMiB * MIB
    return {
      baseline: null,
      ours: (dist) => async () => {
        const sample: Record<string, number> = {}
        for (const kind of KINDS) {
          const dir = await workspace.folder('huge')
          const { peakMiB, stallMs } = await serveHugeLine({ dist, dir }, kind, bytes)
          rmSync(dir, { recursive: true })
          sample[`${kind}, more than before`] = peakMiB
          sample[`${kind}, worst loop stall`] = stallMs
        }
        return sample
      },
    }
  },
}
