/**
 * Preloaded (`--import`) into every process that is measured, the service and its baselines alike: tells of its memory
 * and of the stalls of its event loop.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerQuestions } from './channel.js'

/** A timer's own step: without load it is late by this much. */
const RESOLUTION_MS = 1

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()

answerQuestions({
  /** Begins to look for stalls anew. */
  resetStall: () => delay.reset(),
  /** The worst stall of the event loop since then, in milliseconds. */
  stall: async () => {
    // A stall is counted when the timer fires after it.
    await new Promise((resolve) => setTimeout(resolve, 2 * RESOLUTION_MS))
    return Math.max(0, delay.max / 1e6 - RESOLUTION_MS)
  },
  /** Resident bytes after what is garbage has been given back. */
  residentBytes: async () => {
    // The second pass frees what finalizers of the first one let go.
    for (let pass = 0; pass < 2; pass++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return process.memoryUsage.rss()
  },
  /** Begins to look for the highest resident size anew. */
  resetPeak: () => writeFileSync('/proc/self/clear_refs', '5'),
  /** The most bytes that were resident since then. */
  peakBytes: () => statusKiB('VmHWM') * 1024,
  /** Bytes that this process has read, from files and sockets. */
  readBytes: () => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]),
})

function statusKiB(name: string): number {
  return Number(
    new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
  )
}
