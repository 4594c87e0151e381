import { Histogram, type Registry } from 'prom-client'

/** From an answer out of memory to a page of a huge transcript that is read for the first time. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** An answer, by what it was of and never by what it said: no path, no key. */
export interface Answered {
  readonly method: string
  /** Path template; `none` where there is no such route. */
  readonly route: string
  readonly status: number
}

/** How long answers take. Streams are not among them: they last as long as their client likes. */
export class RequestMetrics {
  readonly #seconds: Histogram<keyof Answered>

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: 'sessions_api_http_request_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
      registers: [registry],
    })
  }

  answered({ method, route, status }: Answered, ms: number): void {
    this.#seconds.observe({ method, route, status }, ms / 1000)
  }
}
