import { Connection } from '../clients/connection.js'
import { Service } from '../processes/service.js'
import type { Row, Sample } from '../row.js'
import { transcriptKey } from '../workspace.js'

const MIB = 1024 * 1024

export const PAGING_MEMORY: Row = {
  name: 'paging-memory',
  title: 'paging through all of 1 GiB, 1,000 messages at a time, tool results included',
  baseline: 'resident before the first page',
  metrics: [
    { name: 'resident, more than before', unit: 'MiB', goal: { of: 'value', atMost: 64 } },
    { name: 'resident before', unit: 'MiB' },
    { name: 'highest on the way, more than before', unit: 'MiB' },
    { name: 'first page', unit: 'ms' },
    { name: 'middle page', unit: 'ms' },
    { name: 'all pages', unit: 's' },
    { name: 'pages', unit: '' },
    { name: 'returned', unit: 'MiB' },
    { name: 'worst loop stall', unit: 'ms' },
  ],
  async prepare(workspace) {
    const size = { mib: workspace.scale.transcriptMiB }
    const stateDir = await workspace.transcripts([size])
    return {
      baseline: null,
      ours: (dist) => async () => {
        const dataDir = await workspace.folder('service')
        const service = await Service.start({ dist, stateDir, dataDir })
        try {
          await service.settled()
          return await measure(service, `/sessions/${transcriptKey(size)}/history`)
        } finally {
          await service.close()
        }
      },
    }
  },
}

async function measure(service: Service, path: string): Promise<Sample> {
  const connection = await Connection.open(service)
  // The index is there and the code of a page is compiled; what follows is the price of pages.
  await walk(connection, `${path}?limit=20&includeTools=1`, 20)
  const before = await service.process.ask<number>('residentBytes')
  await service.process.ask('resetPeak')
  await service.process.ask('resetStall')
  const begun = performance.now()
  const all = await walk(connection, `${path}?limit=1000&includeTools=1`)
  const elapsed = performance.now() - begun
  const stall = await service.process.ask<number>('stall')
  const peak = await service.process.ask<number>('peakBytes')
  const after = await service.process.ask<number>('residentBytes')
  connection.close()
  return {
    'resident, more than before': (after - before) / MIB,
    'resident before': before / MIB,
    'highest on the way, more than before': (peak - before) / MIB,
    'first page': all.times[0] ?? Number.NaN,
    'middle page': all.times[Math.floor(all.times.length / 2)] ?? Number.NaN,
    'all pages': elapsed / 1000,
    pages: all.times.length,
    returned: all.bytes / MIB,
    'worst loop stall': stall,
  }
}

/** Follows `nextCursor` from the newest page towards the start; milliseconds of each page. */
async function walk(connection: Connection, path: string, most = Number.POSITIVE_INFINITY) {
  const times: number[] = []
  let bytes = 0
  let cursor: string | null = null
  do {
    const begun = performance.now()
    const { body } = await connection.get(cursor === null ? path : `${path}&cursor=${cursor}`)
    times.push(performance.now() - begun)
    bytes += body.length
    cursor = nextCursorOf(body)
  } while (cursor !== null && times.length < most)
  return { times, bytes }
}

/** The answer's own field stands after its messages: a page of megabytes need not be parsed for it. */
function nextCursorOf(body: Buffer): string | null {
  const end = body.toString('utf8', Math.max(0, body.length - 500))
  const found = /"nextCursor":(?:"([^"]+)"|null)/.exec(end)
  if (found === null) throw new Error('a page without nextCursor')
  return found[1] ?? null
}
