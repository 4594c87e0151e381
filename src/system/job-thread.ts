import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { JobAnswer, Question } from './job-worker.js'

/** A thread without work is given back after this time: it holds some megabytes. */
const IDLE_MS = 10_000

/** The file of a thread, beside the module that asks: threads run as built files, whatever loader runs this one. */
export function threadFile(name: string, moduleUrl: string): URL {
  const built = moduleUrl.endsWith('.ts') ? moduleUrl.replace(SOURCES, '/dist/') : moduleUrl
  return new URL(name, built)
}

/** The last folder of that name in a path. */
const SOURCES = /\/src\/(?!.*\/src\/)/

interface Waiting<Result> {
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Does jobs off the event loop, one after the other, in a thread that lives while there is work: a second thread would
 * only take the other core from requests. Only a job that is waited for keeps the process alive. The thread's file
 * answers by `answerJobs`.
 */
export class JobThread<Job, Result> {
  readonly #file: URL
  readonly #limits: ResourceLimits
  readonly #waiting = new Map<number, Waiting<Result>>()
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #lastId = 0
  #closed = false

  /** `limits`: of the thread's memory; default those of Node. */
  constructor(file: URL, limits: ResourceLimits = {}) {
    this.#file = file
    this.#limits = limits
  }

  /** Jobs asked for and not yet answered. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Rejects when the job fails, its thread dies, or this is closed. */
  run(job: Job): Promise<Result> {
    if (this.#idle !== null) clearTimeout(this.#idle)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('The thread is closed.'))
      this.#waiting.set(id, { resolve, reject })
      this.#worker ??= this.#start()
      this.#worker.ref()
      this.#worker.postMessage({ id, job } satisfies Question<Job>)
    })
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#idle !== null) clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    this.#abandon(new Error('The thread was closed.'))
    await worker?.terminate()
  }

  #start(): Worker {
    // Built files need no loader or preload of this process, each of which takes its time to start.
    const worker = new Worker(this.#file, { execArgv: [], resourceLimits: this.#limits })
    const end = (error: unknown) => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#abandon(error)
    }
    worker.on('message', (answer: JobAnswer<Result>) => this.#settle(answer))
    worker.on('error', end)
    worker.on('exit', (code) => end(new Error(`The thread ended with code ${code}.`)))
    return worker
  }

  #settle(answer: JobAnswer<Result>): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('error' in answer) waiting?.reject(withCode(answer))
    else waiting?.resolve(answer.result)
    if (this.#waiting.size > 0) return
    this.#worker?.unref()
    this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref()
  }

  #rest(): void {
    void this.#worker?.terminate()
    this.#worker = null
  }

  #abandon(error: unknown): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }
}

function withCode({
  code,
  error,
}: Extract<JobAnswer<unknown>, { readonly error: unknown }>): unknown {
  return code !== null && error instanceof Error ? Object.assign(error, { code }) : error
}
