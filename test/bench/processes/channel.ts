import type { ChildProcess } from 'node:child_process'

/** Answers to the questions that a measured process understands. */
export type Answers = Readonly<Record<string, (argument: unknown) => unknown>>

interface Question {
  readonly id: number
  readonly question: string
  readonly argument: unknown
}

/** In a measured process: answers what the parent asks. Questions of others are left to them. Does not keep the process. */
export function answerQuestions(answers: Answers): void {
  process.on('message', async ({ id, question, argument }: Question) => {
    const answer = answers[question]
    if (answer !== undefined) process.send?.({ id, answer: (await answer(argument)) ?? null })
  })
  process.channel?.unref()
}

/** In a measured process: keeps it until it is ended, because questions will come. */
export function stayForQuestions(): void {
  process.channel?.ref()
}

/** In a measured process: tells the parent something that it did not ask for. */
export function tell(news: string, facts: unknown): void {
  process.send?.({ news, facts })
}

/** In the parent: asks a child, and hears its news. */
export class Channel {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers>()
  readonly #listeners = new Map<string, Set<(facts: never) => void>>()
  #lastId = 0

  constructor(child: ChildProcess) {
    this.#child = child
    child.on(
      'message',
      (message: { id?: number; answer?: unknown; news?: string; facts?: unknown }) => {
        if (message.news !== undefined) this.#hear(message.news, message.facts)
        else this.#settle(message.id ?? 0, message.answer)
      },
    )
    child.once('exit', (code, signal) => {
      const error = new Error(`a measured process ended (${signal ?? code}) while it was asked`)
      for (const { reject } of this.#waiting.values()) reject(error)
    })
  }

  ask<T = null>(question: string, argument?: unknown): Promise<T> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject })
      this.#child.send({ id, question, argument })
    })
  }

  /** Calls `listener` with each of these news, until the returned function is called. */
  on<T>(news: string, listener: (facts: T) => void): () => void {
    const listeners = this.#listeners.get(news) ?? new Set()
    this.#listeners.set(news, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  #settle(id: number, answer: unknown): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }

  #hear(news: string, facts: unknown): void {
    for (const listener of [...(this.#listeners.get(news) ?? [])]) listener(facts as never)
  }
}

interface PromiseWithResolvers {
  resolve(answer: unknown): void
  reject(error: Error): void
}
