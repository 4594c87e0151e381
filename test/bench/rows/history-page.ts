import { Connection } from '../clients/connection.js'
import { Random } from '../data/random.js'
import { BaselineServer } from '../processes/baseline.js'
import { Service } from '../processes/service.js'
import type { Row, Sample } from '../row.js'
import { median } from '../statistics.js'
import { type TranscriptSize, transcriptKey, type Workspace } from '../workspace.js'

const SMALL = { mib: 10 }
/** 50 messages of it are some 50 KB: here the price of a request shows, which large tool results hide. */
const CHAT = { mib: 10, chat: true }
const LIMIT = 50
const WARM_UP = 60

export const HISTORY_PAGE: Row = {
  name: 'history-page',
  title: 'history page of 50 messages, tool results included, of an indexed transcript of 1 GiB',
  baseline: 'raw node:http: read the tail, parse its lines, stringify',
  metrics: [
    { name: 'newest page p50', unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
    { name: 'newest page of a chat p50', unit: 'ms', goal: { of: 'ratio', atMost: 1.3 } },
    { name: '1 GiB to 10 MB, newest page', unit: '×', goal: { of: 'value', atMost: 1.2 } },
    { name: 'bytes read per byte returned', unit: '×', goal: { of: 'value', atMost: 2.5 } },
    { name: 'bytes read per byte, no tool results', unit: '×', goal: { of: 'value', atMost: 2.5 } },
    { name: 'middle page p50', unit: 'ms' },
    { name: 'first page p50', unit: 'ms' },
  ],
  async prepare(workspace) {
    const large = { mib: workspace.scale.transcriptMiB }
    const stateDir = await workspace.transcripts([SMALL, CHAT, large])
    const dataDirs = new Map<string, Promise<string>>()
    return {
      baseline: async () => ({
        'newest page p50': await tailTime(workspace, large),
        'newest page of a chat p50': await tailTime(workspace, CHAT),
      }),
      ours: (dist) => async () => {
        // Kept from round to round: an indexed transcript is what is measured here.
        const dataDir = dataDirs.get(dist) ?? workspace.folder('service')
        dataDirs.set(dist, dataDir)
        const service = await Service.start({ dist, stateDir, dataDir: await dataDir })
        try {
          await service.settled()
          return await measure(service, workspace, large)
        } finally {
          await service.close()
        }
      },
    }
  },
}

async function tailTime(workspace: Workspace, size: TranscriptSize): Promise<number> {
  const file = await workspace.transcript(size)
  const server = await BaselineServer.start('tail-page', [file, String(LIMIT)])
  try {
    return await pageTime(server, workspace, () => '/')
  } finally {
    await server.close()
  }
}

async function measure(
  service: Service,
  workspace: Workspace,
  large: TranscriptSize,
): Promise<Sample> {
  const path = pathOf(large)
  const messages = await lengthOf(service, path)
  const random = new Random(1)
  // Another place for every page, so that no page is read twice.
  const anywhere = () => `${path}&cursor=${random.whole(LIMIT * 4, messages)}`
  const small = await pageTime(service, workspace, () => pathOf(SMALL))
  const newest = await pageTime(service, workspace, () => path)
  return {
    'newest page p50': newest,
    'newest page of a chat p50': await pageTime(service, workspace, () => pathOf(CHAT)),
    '1 GiB to 10 MB, newest page': newest / small,
    'middle page p50': await pageTime(service, workspace, anywhere),
    'first page p50': await pageTime(service, workspace, () => `${path}&cursor=${LIMIT + 1}`),
    'bytes read per byte returned': await readShare(service, workspace, anywhere),
    'bytes read per byte, no tool results': await readShare(service, workspace, () =>
      anywhere().replace('&includeTools=1', ''),
    ),
  }
}

function pathOf(size: TranscriptSize): string {
  return `/sessions/${transcriptKey(size)}/history?limit=${LIMIT}&includeTools=1`
}

/** `seq` of the newest message. */
async function lengthOf(service: Service, path: string): Promise<number> {
  const connection = await Connection.open(service)
  const { body } = await connection.get(path)
  connection.close()
  return JSON.parse(body.toString()).messages.at(-1).__openclaw.seq
}

/** Median milliseconds of a page, one after the other on one connection. */
async function pageTime(
  endpoint: Service | BaselineServer,
  { scale }: Workspace,
  path: () => string,
): Promise<number> {
  const connection = await Connection.open(endpoint)
  const times: number[] = []
  for (let page = 0; page < WARM_UP + scale.pages; page++) {
    const begun = performance.now()
    await connection.get(path())
    if (page >= WARM_UP) times.push(performance.now() - begun)
  }
  connection.close()
  return median(times)
}

/** What the service reads, from files and the socket, for each byte of messages that it returns. */
async function readShare(
  service: Service,
  { scale }: Workspace,
  path: () => string,
): Promise<number> {
  const connection = await Connection.open(service)
  const before = await service.process.ask<number>('readBytes')
  let returned = 0
  for (let page = 0; page < scale.pages; page++)
    returned += (await connection.get(path())).body.length
  const read = (await service.process.ask<number>('readBytes')) - before
  connection.close()
  return read / returned
}
