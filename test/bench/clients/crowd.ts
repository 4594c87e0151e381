import { execFileSync } from 'node:child_process'
import { MeasuredProcess, scriptPath } from '../processes/measured-process.js'
import type { CrowdRequest } from './crowd-process.js'

/** Longest that a broadcast may take to reach everybody. */
const DELIVERY_MS = 60_000
/** Descriptors beside the sockets: files, pipes, the loop's own. */
const SPARE_DESCRIPTORS = 200

/** When the first and the last follower had a broadcast, as `process.hrtime` tells it. */
export interface Delivery {
  readonly first: bigint
  readonly last: bigint
}

/** Followers in a process of their own. */
export class Crowd {
  readonly process: MeasuredProcess

  constructor() {
    this.process = MeasuredProcess.start(scriptPath(import.meta.url, './crowd-process'))
  }

  /** Resolves when every stream has sent its first event. */
  async open({ endpoint, ...request }: CrowdRequest): Promise<void> {
    const { port, headers } = endpoint
    await this.process.ask('open', { ...request, endpoint: { port, headers } })
  }

  /** Resolves when all that read have the broadcast; ask before it is sent. */
  delivered(broadcast: number): Promise<Delivery> {
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        stop()
        reject(
          new Error(`broadcast ${broadcast} did not reach every follower in ${DELIVERY_MS} ms`),
        )
      }, DELIVERY_MS)
      const stop = this.process.channel.on<{ broadcast: number; first: string; last: string }>(
        'delivered',
        ({ broadcast: delivered, first, last }) => {
          if (delivered !== broadcast) return
          clearTimeout(overdue)
          stop()
          resolve({ first: BigInt(first), last: BigInt(last) })
        },
      )
    })
  }

  /** Streams that ended so far. */
  ended(): Promise<number> {
    return this.process.ask<number>('ended')
  }

  /** Markers of broadcasts that were received so far, by all followers together. */
  received(): Promise<number> {
    return this.process.ask<number>('received')
  }

  /** Ends every stream; the process stays. */
  async leave(): Promise<void> {
    await this.process.ask('close')
  }

  close(): Promise<void> {
    return this.process.close()
  }
}

/** Throws, naming the remedy, when a process of this machine may not hold so many connections. */
export function requireDescriptors(connections: number): void {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  if (limit === 'unlimited' || Number(limit) >= connections + SPARE_DESCRIPTORS) return
  throw new Error(
    `${connections} followers need as many descriptors and this shell allows ${limit}: run "ulimit -n ${connections + SPARE_DESCRIPTORS}" first.`,
  )
}
