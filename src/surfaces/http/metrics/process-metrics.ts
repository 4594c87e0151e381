import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

/** How often the loop is looked at: stalls shorter than this are of no interest. */
const RESOLUTION_MS = 10
const PERCENTILES = [50, 99, 100]

const NANOSECONDS = 1e9
const MICROSECONDS = 1e6

/**
 * The event loop and the basics of the process, under their usual names; the library's own set cannot be switched off
 * again, and this one belongs to a plugin that its host may close. Until the returned function is called.
 */
export function measureProcess(registry: Registry): () => void {
  const registers = [registry]
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  new Gauge({
    name: 'sessions_api_event_loop_delay_seconds',
    help: 'How late the event loop was since it was last asked for; percentile 100 is the worst.',
    labelNames: ['percentile'],
    registers,
    collect() {
      for (const percentile of PERCENTILES)
        this.set({ percentile }, lateness(delay.percentile(percentile)))
      delay.reset()
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system.',
    registers,
    collect() {
      const { system, user } = process.cpuUsage()
      this.reset()
      this.inc((system + user) / MICROSECONDS)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Used heap of the engine.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process began, epoch seconds.',
    registers,
  }).set(Date.now() / 1000 - process.uptime())
  return () => delay.disable()
}

/** A timer is late by its own step at least. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000)
}
