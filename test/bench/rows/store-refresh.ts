import { join } from 'node:path'
import { sessionsFolder } from '../data/state-directory.js'
import { StoreFile } from '../data/store-file.js'
import { startBaseline } from '../processes/baseline.js'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import type { Row, Sample } from '../row.js'
import { median } from '../statistics.js'
import type { Workspace } from '../workspace.js'

/** Between changes: longer than the service takes to look once more at a file that was just touched. */
const PAUSE_MS = 250
/** Changes that are not counted: they compile the code of both sides. */
const WARM_UP = 5
/** Sums of 10,000 small transcripts are read at start; changes are measured after that. */
const REST_MS = 60_000
const QUIET_MS = 1000

export const STORE_REFRESH: Row = {
  name: 'store-refresh',
  title: 'store refresh, 10,000 entries, one changed',
  baseline: 'notice, readFile and JSON.parse of it on the main thread',
  metrics: [
    { name: 'wall p50', unit: 'ms', goal: { of: 'ratio', atMost: 1.25 } },
    { name: 'worst loop stall p50', unit: 'ms', goal: { of: 'ratio', atMost: 0.15 } },
  ],
  async prepare(workspace) {
    const stateDir = await workspace.largeStore()
    const { storeEntries } = workspace.scale
    const file = new StoreFile(sessionsFolder(stateDir, 'busy'), 'busy', storeEntries)
    return {
      baseline: async () =>
        measure(startBaseline('store-parse', [join(file.path, '..')]), file, workspace),
      ours: (dist) => async () => {
        const script = scriptPath(import.meta.url, '../subjects/store-refresh')
        return measure(MeasuredProcess.start(script, { args: [dist, stateDir] }), file, workspace)
      },
    }
  },
}

async function measure(
  subject: MeasuredProcess,
  file: StoreFile,
  { scale }: Workspace,
): Promise<Sample> {
  try {
    await subject.news('ready')
    await rest(subject)
    const walls: number[] = []
    const stalls: number[] = []
    for (let change = 0; change < WARM_UP + scale.storeChanges; change++) {
      await subject.ask('resetStall')
      file.touch(change % scale.storeEntries, Date.now())
      const refreshed = subject.news<{ at: string; entries: number }>('refreshed')
      const begun = file.write()
      const { at } = await refreshed
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      if (change < WARM_UP) continue
      walls.push(Number(BigInt(at) - begun) / 1e6)
      stalls.push(await subject.ask<number>('stall'))
    }
    return { 'wall p50': median(walls), 'worst loop stall p50': median(stalls) }
  } finally {
    await subject.close()
  }
}

/** Waits until the process has nothing left to do from its start: no stall in a whole second. */
async function rest(subject: MeasuredProcess): Promise<void> {
  const deadline = Date.now() + REST_MS
  do {
    await subject.ask('resetStall')
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  } while ((await subject.ask<number>('stall')) > 4 && Date.now() < deadline)
}
