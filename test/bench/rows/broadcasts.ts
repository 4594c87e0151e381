import type { Crowd, Delivery } from '../clients/crowd.js'
import type { GrowingTranscript } from '../data/growing-transcript.js'

/** One message: what an assistant says in a step. */
export const EVENT_CHARS = 1024

/** What a broadcast took, in milliseconds from the append. */
export interface Timing {
  readonly first: number
  readonly last: number
}

/** Appends messages one after the other, each when everybody has the one before; not more often than `pauseMs`. */
export async function broadcastAll(
  crowd: Crowd,
  transcript: GrowingTranscript,
  count: number,
  pauseMs: number,
): Promise<Timing[]> {
  const timings: Timing[] = []
  for (let broadcast = 1; broadcast <= count; broadcast++) {
    const delivered = crowd.delivered(broadcast)
    const begun = transcript.append(broadcast, EVENT_CHARS)
    timings.push(timingOf(begun, await delivered))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return timings
}

function timingOf(begun: bigint, { first, last }: Delivery): Timing {
  return { first: Number(first - begun) / 1e6, last: Number(last - begun) / 1e6 }
}
