import type { Crowd, Delivery } from '../clients/crowd.js'

/** One message: what an assistant says in a step. */
export const EVENT_CHARS = 1024

/** Between broadcasts: sockets have been read, loops are idle. */
const PAUSE_MS = 20

/** What a broadcast took, in milliseconds from its beginning. */
export interface Timing {
  readonly first: number
  readonly last: number
}

/** Sends events one after the other, each when everybody has the one before; `send` returns when it began. */
export async function broadcastAll(
  crowd: Crowd,
  send: (broadcast: number) => bigint,
  count: number,
): Promise<Timing[]> {
  const timings: Timing[] = []
  for (let broadcast = 1; broadcast <= count; broadcast++) {
    const delivered = crowd.delivered(broadcast)
    const begun = send(broadcast)
    timings.push(timingOf(begun, await delivered))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return timings
}

function timingOf(begun: bigint, { first, last }: Delivery): Timing {
  return { first: Number(first - begun) / 1e6, last: Number(last - begun) / 1e6 }
}
