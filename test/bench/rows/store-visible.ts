import { Connection } from '../clients/connection.js'
import { sessionsFolder } from '../data/state-directory.js'
import { StoreFile } from '../data/store-file.js'
import { Service } from '../processes/service.js'
import type { Row } from '../row.js'
import { percentile } from '../statistics.js'

/** Between two looks at the list. */
const LOOK_MS = 1
const PAUSE_MS = 150
const VISIBLE_MS = 10_000

export const STORE_VISIBLE: Row = {
  name: 'store-visible',
  title: 'store change → row visible in a list, store of 10,000 entries',
  baseline: '-',
  metrics: [
    { name: 'p99', unit: 'ms', goal: { of: 'value', atMost: 60 } },
    { name: 'p50', unit: 'ms' },
  ],
  async prepare(workspace) {
    const stateDir = await workspace.largeStore()
    const { storeChanges, storeEntries } = workspace.scale
    const file = new StoreFile(sessionsFolder(stateDir, 'busy'), 'busy', storeEntries)
    return {
      baseline: null,
      ours: (dist) => async () => {
        const dataDir = await workspace.folder('service')
        const service = await Service.start({ dist, stateDir, dataDir })
        const connection = await Connection.open(service)
        try {
          await service.settled()
          const delays: number[] = []
          for (let change = 0; change < storeChanges; change++) {
            const key = file.touch((change * 97) % storeEntries, Date.now())
            delays.push(await untilListed(connection, key, file.write()))
            await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
          }
          return { p99: percentile(delays, 0.99), p50: percentile(delays, 0.5) }
        } finally {
          connection.close()
          await service.close()
        }
      },
    }
  },
}

/** Milliseconds from `begun` until the newest row is the one with this key. */
async function untilListed(connection: Connection, key: string, begun: bigint): Promise<number> {
  const named = `"key":${JSON.stringify(key)}`
  for (;;) {
    const { body } = await connection.get('/api/sessions?limit=1')
    const elapsed = Number(process.hrtime.bigint() - begun) / 1e6
    if (body.includes(named)) return elapsed
    if (elapsed > VISIBLE_MS)
      throw new Error(`${key} is not listed ${VISIBLE_MS} ms after its change`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
