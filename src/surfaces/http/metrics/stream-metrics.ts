import { Counter, Gauge, type Registry } from 'prom-client'
import type { EventStreams } from '../sse.js'

/** Event streams over HTTP: those that are open, and those that were not to be. */
export function measureStreams(registry: Registry, streams: EventStreams): void {
  const registers = [registry]
  new Gauge({
    name: 'sessions_api_http_streams',
    help: 'Event streams that are open.',
    registers,
    collect() {
      this.set(streams.size)
    },
  })
  new Counter({
    name: 'sessions_api_http_streams_stalled_total',
    help: 'Event streams that were ended because the client accepted nothing.',
    registers,
    collect() {
      this.reset()
      this.inc(streams.stalled)
    },
  })
  new Counter({
    name: 'sessions_api_http_streams_refused_total',
    help: 'Event streams that were refused because too many were open.',
    registers,
    collect() {
      this.reset()
      this.inc(streams.refused)
    },
  })
}
