import { linkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Connection } from './clients/connection.js'
import type { Endpoint } from './clients/endpoint.js'
import { BaselineServer } from './processes/baseline.js'
import { Service } from './processes/service.js'
import { median } from './statistics.js'
import { transcriptKey, type Workspace } from './workspace.js'

/** Median milliseconds of the newest page of a transcript of this size. */
export interface CurvePoint {
  readonly sizeMiB: number
  readonly oursMs: number
  /** Of a server that reads the whole file for every page. */
  readonly wholeMs: number
}

const LIMIT = 50
/** Pages of ours that are timed; the first ones of each size compile and index. */
const PAGES = 60
const WARM_UP = 10
/** A page of the baseline takes seconds. */
const WHOLE_PAGES = 3

/** History latency against transcript size, ours and reading the whole file in turns. */
export async function measureCurve(workspace: Workspace, dist: string): Promise<CurvePoint[]> {
  const sizes = workspace.scale.curveMiB.map((mib) => ({ mib }))
  const stateDir = await workspace.transcripts(sizes)
  const folder = await workspace.folder('files')
  for (const size of sizes) linkSync(await workspace.transcript(size), fileOf(folder, size.mib))
  const dataDir = await workspace.folder('service')
  const service = await Service.start({ dist, stateDir, dataDir })
  const whole = await BaselineServer.start('whole-file-page', [folder, String(LIMIT)])
  try {
    await service.settled()
    const points: CurvePoint[] = []
    for (const { mib: sizeMiB } of sizes) {
      const path = `/sessions/${transcriptKey({ mib: sizeMiB })}/history?limit=${LIMIT}&includeTools=1`
      points.push({
        sizeMiB,
        oursMs: await pageTime(service, path, PAGES),
        wholeMs: await pageTime(whole, `/${basename(fileOf(folder, sizeMiB))}`, WHOLE_PAGES, 1),
      })
    }
    return points
  } finally {
    await whole.close()
    await service.close()
  }
}

function fileOf(folder: string, sizeMiB: number): string {
  return join(folder, `${sizeMiB}.jsonl`)
}

async function pageTime(
  endpoint: Endpoint,
  path: string,
  pages: number,
  warmUp = WARM_UP,
): Promise<number> {
  const connection = await Connection.open(endpoint)
  const times: number[] = []
  for (let page = 0; page < warmUp + pages; page++) {
    const begun = performance.now()
    await connection.get(path)
    if (page >= warmUp) times.push(performance.now() - begun)
  }
  connection.close()
  return median(times)
}
