import { Connection } from '../clients/connection.js'
import { sessionsFolder } from '../data/state-directory.js'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import { Service } from '../processes/service.js'
import type { Row } from '../row.js'
import { percentile } from '../statistics.js'

const EVERY_MS = 100
/** Dashboards that ask for the list, each again as soon as `PAUSE_MS` after its answer. */
const DASHBOARDS = 10
const PAUSE_MS = 20

export const LIST_CHURN: Row = {
  name: 'list-churn',
  title: 'list 50 of 100,000 for 10 dashboards, while a store of 10,000 changes ten times a second',
  baseline: '-',
  metrics: [
    { name: 'first list after start', unit: 's' },
    { name: 'p50', unit: 'ms' },
    { name: 'p99', unit: 'ms' },
    { name: 'worst loop stall', unit: 'ms' },
    { name: 'store writes', unit: '/s' },
  ],
  async prepare(workspace) {
    const stateDir = await workspace.manySessions()
    const { churnSeconds, storeEntries } = workspace.scale
    return {
      baseline: null,
      ours: (dist) => async () => {
        const dataDir = await workspace.folder('service')
        const begun = performance.now()
        const service = await Service.start({ dist, stateDir, dataDir })
        const gateway = MeasuredProcess.start(
          scriptPath(import.meta.url, '../clients/churn-process'),
        )
        try {
          await service.ready()
          const ready = (performance.now() - begun) / 1000
          await service.settled()
          const folder = sessionsFolder(stateDir, 'busy')
          await gateway.ask('start', {
            folder,
            agent: 'busy',
            entries: storeEntries,
            everyMs: EVERY_MS,
          })
          // What the first changes compile is not what a running service does.
          await ask(service, 1)
          await service.process.ask('resetStall')
          const delays = await ask(service, churnSeconds)
          const stall = await service.process.ask<number>('stall')
          const writes = await gateway.ask<number>('stop')
          return {
            'first list after start': ready,
            p50: percentile(delays, 0.5),
            p99: percentile(delays, 0.99),
            'worst loop stall': stall,
            'store writes': writes / (churnSeconds + 1),
          }
        } finally {
          await gateway.close()
          await service.close()
        }
      },
    }
  },
}

/** Asks for so many seconds; milliseconds that each answer took. */
async function ask(service: Service, seconds: number): Promise<number[]> {
  const delays: number[] = []
  const until = performance.now() + seconds * 1000
  const dashboard = async () => {
    const connection = await Connection.open(service)
    while (performance.now() < until) {
      const begun = performance.now()
      await connection.get('/api/sessions?limit=50')
      delays.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: DASHBOARDS }, dashboard))
  return delays
}
