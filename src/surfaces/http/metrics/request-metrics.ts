import { Histogram, type Registry } from 'prom-client'

/** From an answer out of memory to a page of a huge transcript that is read for the first time. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const NAME = 'sessions_api_http_request_seconds'
const HELP = 'Time from a request to the end of its answer.'

/** An answer, by what it was of and never by what it said: no path, no key. */
interface Answered {
  readonly method: string
  /** Path template; `none` where there is no such route. */
  readonly route: string
  readonly status: number
}

interface Series {
  readonly labels: Readonly<Record<keyof Answered, string | number>>
  readonly seconds: Histogram
}

/** How long answers take. Streams are not among them: they last as long as their client likes. */
export class RequestMetrics {
  readonly #series: Series[] = []
  readonly #known = new Map<string, Map<number, Map<string, Histogram>>>()

  constructor(registry: Registry) {
    new SeriesHistogram(registry, this.#series)
  }

  answered(method: string, route: string, status: number, ms: number): void {
    const known = this.#known.get(route)?.get(status)?.get(method)
    const seconds = known ?? this.#begin({ method, route, status })
    seconds.observe(ms / 1000)
  }

  #begin({ method, route, status }: Answered): Histogram {
    const seconds = new Histogram({ name: NAME, help: HELP, buckets: BUCKETS, registers: [] })
    this.#series.push({ labels: { method, route, status }, seconds })
    const ofRoute = this.#known.get(route) ?? new Map<number, Map<string, Histogram>>()
    const ofStatus = ofRoute.get(status) ?? new Map<string, Histogram>()
    this.#known.set(route, ofRoute.set(status, ofStatus.set(method, seconds)))
    return seconds
  }
}

/**
 * Shows many histograms as the series of one. With labels, prom-client checks, sorts and joins them for every value: that
 * took a twentieth of a known list. Here a series has its labels when it is read, and none when it is written.
 */
class SeriesHistogram extends Histogram {
  readonly #series: readonly Series[]

  constructor(registry: Registry, series: readonly Series[]) {
    super({ name: NAME, help: HELP, buckets: BUCKETS, registers: [registry] })
    this.#series = series
  }

  /** What a registry asks for its text, and `get` for all else. */
  async getForPromString() {
    const values = await Promise.all(this.#series.map(valuesOf))
    return { name: NAME, help: HELP, type: 'histogram', aggregator: 'sum', values: values.flat() }
  }
}

async function valuesOf({ labels, seconds }: Series) {
  const { values } = await seconds.get()
  return values.map((value) => ({ ...value, sharedLabels: labels }))
}
