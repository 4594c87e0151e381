import { Counter, Gauge, Registry } from 'prom-client'
import type { HostManager } from '../../../contract/manager.js'
import { isObservedManager } from '../../../contract/metrics.js'
import type { EventStreams } from '../sse.js'
import { measureManager } from './manager-metrics.js'
import { measureProcess } from './process-metrics.js'
import { RequestMetrics } from './request-metrics.js'

/**
 * What `/metrics` shows of one mount, in a registry of its own: two mounts in one host do not meet. No value is of a
 * single session: a label for each would be a series for each, and session keys hold phone numbers.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: RequestMetrics
  readonly #ends: (() => void)[]

  constructor(manager: HostManager, streams: EventStreams) {
    this.#requests = new RequestMetrics(this.#registry)
    measureStreams(this.#registry, streams)
    this.#ends = [measureProcess(this.#registry)]
    if (isObservedManager(manager)) this.#ends.push(measureManager(this.#registry, manager))
  }

  /** Media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  answered(method: string, route: string, status: number, ms: number): void {
    this.#requests.answered(method, route, status, ms)
  }

  /** Shows what another surface of the mount holds, as `sessions_api_<surface>_<name>`. */
  show<Name extends string>(surface: string, held: () => Readonly<Record<Name, number>>): void {
    for (const name of Object.keys(held()) as Name[])
      new Gauge({
        name: `sessions_api_${surface}_${name}`,
        help: `Open ${name} of the surface ${surface}.`,
        registers: [this.#registry],
        collect() {
          this.set(held()[name])
        },
      })
  }

  /** Everything as of now, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Stops measuring. May be called twice. */
  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }
}

/** Event streams over HTTP: those that are open, and those that were not to be. */
function measureStreams(registry: Registry, streams: EventStreams): void {
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
