import { Crowd, requireDescriptors } from '../clients/crowd.js'
import type { Endpoint } from '../clients/endpoint.js'
import { followPath, GrowingTranscript } from '../data/growing-transcript.js'
import { BaselineServer } from '../processes/baseline.js'
import type { MeasuredProcess } from '../processes/measured-process.js'
import { Service } from '../processes/service.js'
import type { Row, Sample } from '../row.js'
import type { Workspace } from '../workspace.js'

/** Followers that come and go before the first look: code is compiled and pools are filled by them. */
const WARM_UP = 300

export const FOLLOWER_MEMORY: Row = {
  name: 'follower-memory',
  title: 'memory per idle follower',
  baseline: 'raw node:http SSE connection',
  metrics: [{ name: 'resident', unit: 'KiB', goal: { of: 'ratio', atMost: 2 } }],
  async prepare(workspace) {
    requireDescriptors(workspace.scale.idleFollowers)
    return {
      baseline: async () => {
        const { transcript } = await growing(workspace)
        const server = await BaselineServer.start('broadcast', [transcript.path])
        return measure(server, transcript, workspace)
      },
      ours: (dist) => async () => {
        const { stateDir, transcript } = await growing(workspace)
        const dataDir = await workspace.folder('service')
        return measure(await Service.start({ dist, stateDir, dataDir }), transcript, workspace)
      },
    }
  },
}

async function growing(workspace: Workspace) {
  const stateDir = await workspace.folder('state')
  return { stateDir, transcript: GrowingTranscript.create(stateDir) }
}

async function measure(
  endpoint: Endpoint & { readonly process: MeasuredProcess; close(): Promise<void> },
  transcript: GrowingTranscript,
  { scale }: Workspace,
): Promise<Sample> {
  const pathsOf = (count: number) => new Array<string>(count).fill(followPath(transcript.key))
  const [early, crowd] = [new Crowd(), new Crowd()]
  try {
    await early.open({ endpoint, paths: pathsOf(WARM_UP) })
    await early.close()
    const before = await endpoint.process.ask<number>('residentBytes')
    await crowd.open({ endpoint, paths: pathsOf(scale.idleFollowers) })
    const after = await endpoint.process.ask<number>('residentBytes')
    return { resident: (after - before) / scale.idleFollowers / 1024 }
  } finally {
    await early.close()
    await crowd.close()
    await endpoint.close()
  }
}
