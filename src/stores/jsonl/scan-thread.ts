import { Worker } from 'node:worker_threads'
import type { ScanJob, ScanResult } from './scan.js'

/** A thread without work is given back after this time: it holds some megabytes. */
const IDLE_MS = 10_000

/** Workers run as built files, whatever loader runs this one. */
const WORKER_URL = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/stores/jsonl/scan-worker.js', import.meta.url)
  : new URL('./scan-worker.js', import.meta.url)

interface Answer {
  readonly id: number
  readonly result?: ScanResult | null
  readonly error?: string
}

interface Waiting {
  resolve(result: ScanResult | null): void
  reject(error: Error): void
}

/** Scans long stretches off the event loop, one after the other: a second thread would only take the other core from requests. */
export class ScanThread {
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #closed = false

  /** Jobs asked for and not yet answered. */
  get pending(): number {
    return this.#waiting.size
  }

  /** `null` when the file is not there any more. */
  scan(job: ScanJob): Promise<ScanResult | null> {
    if (this.#closed) return Promise.resolve(null)
    const id = ++this.#lastId
    if (this.#idle !== null) clearTimeout(this.#idle)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker ??= this.#start()
      this.#worker.postMessage({ id, job })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#abandon(null)
    await this.#worker?.terminate()
    this.#worker = null
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL)
    worker.unref()
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error: Error) => {
      this.#worker = null
      this.#abandon(error)
    })
    return worker
  }

  #settle({ id, result = null, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref()
  }

  #rest(): void {
    void this.#worker?.terminate()
    this.#worker = null
  }

  #abandon(error: Error | null): void {
    for (const { resolve, reject } of this.#waiting.values()) {
      if (error === null) resolve(null)
      else reject(error)
    }
    this.#waiting.clear()
  }
}
