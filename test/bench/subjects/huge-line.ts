import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '../clients/connection.js'
import { appendHugeEvent, appendHugeLine, type HugeKind, plainLine } from '../data/huge-line.js'
import { sessionsFolder } from '../data/state-directory.js'
import { Service } from '../processes/service.js'

const SESSION = '07158ab3-509b-4789-8534-cfc648a0a64a'
const KEY = 'agent:main:huge'
const MIB = 1024 * 1024
/** Pages that are read before anything is measured: their code is compiled then. */
const WARM_PAGES = 200

export interface HugeLineFacts {
  /** MiB of memory at the highest, more than before the line was there. */
  readonly peakMiB: number
  /** The worst stall of the event loop, in milliseconds. */
  readonly stallMs: number
  /** Ids of the newest page, and the page itself. */
  readonly page: string
}

/** What a service takes to serve a transcript, or a recording, that one huge line is appended to. */
export async function serveHugeLine(
  { dist, dir }: { readonly dist: string; readonly dir: string },
  kind: HugeKind | 'recording',
  bytes: number,
): Promise<HugeLineFacts> {
  const stateDir = join(dir, 'state')
  const folder = sessionsFolder(stateDir, 'main')
  const transcript = join(folder, `${SESSION}.jsonl`)
  const recording = join(folder, `${SESSION}.trajectory.jsonl`)
  writeFileSync(transcript, plainLine('before'))
  writeFileSync(join(folder, 'sessions.json'), JSON.stringify({ [KEY]: { sessionId: SESSION } }))
  const service = await Service.start({ dist, stateDir, dataDir: join(dir, 'data') })
  try {
    await service.settled()
    const connection = await Connection.open(service)
    const history = `/sessions/${KEY}/history?limit=3&maxChars=500000`
    const path = kind === 'recording' ? `/api/sessions/${KEY}/trajectory?limit=3` : history
    for (let page = 0; page < WARM_PAGES; page++) await connection.get(path)
    const before = await service.process.ask<number>('residentBytes')
    await service.process.ask('resetPeak')
    await service.process.ask('resetStall')
    if (kind === 'recording') appendHugeEvent(recording, SESSION, bytes)
    else appendHugeLine(transcript, 'huge', kind, bytes)
    appendFileSync(transcript, plainLine('after'))
    const { body } = await connection.get(path)
    const stallMs = await service.process.ask<number>('stall')
    const peak = await service.process.ask<number>('peakBytes')
    connection.close()
    return { peakMiB: (peak - before) / MIB, stallMs, page: body.toString() }
  } finally {
    await service.close()
  }
}
