/** A client with good manners: asks at a steady pace and notes how long each answer takes. */
import { Connection } from '../../bench/clients/connection.js'
import type { Endpoint } from '../../bench/clients/endpoint.js'
import { answerQuestions, stayForQuestions } from '../../bench/processes/channel.js'
import { percentile } from '../../bench/statistics.js'

export interface GoodClientRequest {
  readonly endpoint: Endpoint
  /** Each is asked for on a connection of its own. */
  readonly paths: readonly string[]
  /** A bare server that is asked at the same pace. */
  readonly control: Endpoint
}

/** Milliseconds, and what went wrong. */
export interface Latencies {
  readonly asked: number
  readonly p99: number
  readonly max: number
  readonly failures: readonly string[]
}

export interface GoodClientReport {
  readonly service: Latencies
  readonly control: Latencies
}

/** Between two questions on one connection. */
const PACE_MS = 50

/** Latencies of one server since they were last read. */
class Server {
  #latencies: number[] = []
  #failures: string[] = []
  /** When each request that has no answer yet was due. */
  readonly #open = new Set<number>()

  /** Asks for ever. The time counts from when the question was due, so that a stall counts for all it held up. */
  async ask(endpoint: Endpoint, path: string): Promise<void> {
    let connection: Connection | null = null
    for (let due = performance.now(); ; due += PACE_MS) {
      await delay(due - performance.now())
      this.#open.add(due)
      try {
        connection ??= await Connection.open(endpoint)
        await connection.get(path)
      } catch (error) {
        this.#failures.push(String(error).slice(0, 200))
        connection?.close()
        connection = null
      }
      this.#open.delete(due)
      this.#latencies.push(performance.now() - due)
    }
  }

  /** Requests without an answer count with their age: a stall that goes on is not missed. */
  take(): Latencies {
    const nowMs = performance.now()
    const latencies = [...this.#latencies, ...[...this.#open].map((due) => nowMs - due)]
    const failures = this.#failures
    this.#latencies = []
    this.#failures = []
    const p99 = percentile(latencies, 0.99)
    return { asked: latencies.length, p99, max: percentile(latencies, 1), failures }
  }
}

const service = new Server()
const control = new Server()

function start(request: GoodClientRequest): void {
  for (const path of request.paths) {
    void service.ask(request.endpoint, path)
    void control.ask(request.control, path)
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}

answerQuestions({
  start: (request) => start(request as GoodClientRequest),
  /** What was measured since the last time. */
  report: (): GoodClientReport => ({ service: service.take(), control: control.take() }),
})
stayForQuestions()
