import type { ChildProcess } from 'node:child_process'

/** Answers to the questions that a measured process understands. */
export type Answers = Readonly<Record<string, (argument: unknown) => unknown>>

interface Question {
  readonly id: number
  readonly question: string
  readonly argument: unknown
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

interface News {
  readonly news: string
  readonly facts: unknown
}

const known = new Map<string, Answers[string]>()
/** Questions that came before the module that answers them was loaded. */
const early: Question[] = []

/** In a measured process: answers what the parent asks. By itself it does not keep the process. */
export function answerQuestions(answers: Answers): void {
  for (const [question, answer] of Object.entries(answers)) known.set(question, answer)
  if (process.listenerCount('message') === 0) {
    process.on('message', (question: Question) => void reply(question))
    process.channel?.unref()
    // Without its parent nobody would ever end it.
    process.once('disconnect', () => process.exit())
  }
  for (const question of early.splice(0)) void reply(question)
}

async function reply(asked: Question): Promise<void> {
  const { argument, id, question } = asked
  const answer = known.get(question)
  if (answer === undefined) {
    early.push(asked)
    return
  }
  try {
    send({ id, answer: (await answer(argument)) ?? null })
  } catch (error) {
    send({ id, error: String(error) })
  }
}

/** In a measured process: keeps it until it is ended, because questions will come. */
export function stayForQuestions(): void {
  process.channel?.ref()
}

/** In a measured process: tells the parent something that it did not ask for. */
export function tell(news: string, facts: unknown): void {
  send({ news, facts })
}

function send(message: Reply | News): void {
  process.send?.(message)
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** In the parent: asks a child, and hears its news. */
export class Channel {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Map<string, Set<(facts: never) => void>>()
  #lastId = 0

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message: Reply | News) => {
      if ('news' in message) this.#hear(message)
      else this.#settle(message)
    })
    child.once('exit', (code, signal) => {
      const error = new Error(`a measured process ended (${signal ?? code}) while it was asked`)
      for (const { reject } of this.#waiting.values()) reject(error)
    })
  }

  /** Rejects when the answer is an error, or when the process ends before it. */
  ask<T = null>(question: string, argument?: unknown): Promise<T> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject })
      this.#child.send({ id, question, argument }, (error) => {
        if (error) reject(error)
      })
    })
  }

  /** Calls `listener` with each of these news, until the returned function is called. */
  on<T>(news: string, listener: (facts: T) => void): () => void {
    const listeners = this.#listeners.get(news) ?? new Set()
    this.#listeners.set(news, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  #settle({ answer, error, id }: Reply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(answer)
    else waiting?.reject(new Error(error))
  }

  #hear({ facts, news }: News): void {
    for (const listener of [...(this.#listeners.get(news) ?? [])]) listener(facts as never)
  }
}
