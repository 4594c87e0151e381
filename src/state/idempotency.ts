import { createHash } from 'node:crypto'
import type { Idempotency, IdempotentRequest, KeptAnswer } from '../contract/state.js'
import { SessionsError } from '../errors.js'

/** What the book remembers of one write. */
export interface Remembered {
  /** SHA-256 of who and what the write was for: keys of clients and sessions are not kept themselves. */
  readonly scope: string
  /** SHA-256 of the body. */
  readonly body: string
  readonly atMs: number
  readonly answer: KeptAnswer
}

/** Where answers are kept beside the memory. */
export interface AnswerJournal {
  load(): Promise<Remembered[]>
  /** Adds one; `all` is what is remembered now, for a journal that has grown too long to be rewritten from. */
  add(added: Remembered, all: () => Iterable<Remembered>): Promise<void>
}

/** A client that lost its answer asks again within minutes; a day is what others promise too. */
export const KEPT_MS = 24 * 60 * 60 * 1000
export const MAX_KEPT_ANSWERS = 10_000
/** Text of all kept answers: 10,000 bulk answers would be gigabytes. */
export const MAX_KEPT_CHARS = 16 * 1024 * 1024

export interface IdempotencyOptions {
  readonly journal?: AnswerJournal
  /** Told when an answer could not be kept; it has been given nevertheless. */
  readonly onProblem?: (error: SessionsError) => void
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** A book of answers, in memory and in its journal where it has one. */
export async function openIdempotency(options: IdempotencyOptions = {}): Promise<Idempotency> {
  const { clock = Date.now, journal, onProblem = () => {} } = options
  const kept = new Answers(clock)
  for (const remembered of (await journal?.load()) ?? []) kept.add(remembered)
  return new Book(
    kept,
    async (added) => {
      await journal?.add(added, () => kept.all()).catch(onProblem)
    },
    clock,
  )
}

class Book implements Idempotency {
  readonly #kept: Answers
  readonly #write: (added: Remembered) => Promise<void>
  readonly #clock: () => number
  /** Scope → body of writes that are not answered yet. */
  readonly #inFlight = new Map<string, string>()

  constructor(kept: Answers, write: (added: Remembered) => Promise<void>, clock: () => number) {
    this.#kept = kept
    this.#write = write
    this.#clock = clock
  }

  async once(request: IdempotentRequest, work: () => Promise<KeptAnswer | null>) {
    const { scope, writtenScope = scope } = request
    const scopes = [...new Set([hash(writtenScope), hash(scope)])]
    const body = hash(request.body)
    const known = this.#find(scopes)
    const inFlight = scopes.map((one) => this.#inFlight.get(one)).find((one) => one !== undefined)
    this.#refuse(known?.body ?? inFlight, body)
    if (known !== undefined) return { replayed: true, answer: known.answer }
    if (inFlight !== undefined) throw inProgress()
    for (const one of scopes) this.#inFlight.set(one, body)
    try {
      const answer = await work()
      if (answer !== null) await this.#keep(scopes, { body, atMs: this.#clock(), answer })
      return { replayed: false, answer }
    } finally {
      for (const one of scopes) this.#inFlight.delete(one)
    }
  }

  #find(scopes: readonly string[]): Remembered | undefined {
    return scopes.map((scope) => this.#kept.get(scope)).find((known) => known !== undefined)
  }

  async #keep(scopes: readonly string[], answered: Omit<Remembered, 'scope'>): Promise<void> {
    for (const scope of scopes) {
      const added = { scope, ...answered }
      this.#kept.add(added)
      await this.#write(added)
    }
  }

  #refuse(known: string | undefined, body: string): void {
    if (known === undefined || known === body) return
    throw new SessionsError(
      'idempotency_conflict',
      'This Idempotency-Key came before with another body: use a new key for a new request.',
    )
  }
}

/** Answers by scope, the oldest first; those that are too old or too many are forgotten. */
class Answers {
  readonly #clock: () => number
  readonly #answers = new Map<string, Remembered>()
  #chars = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get(scope: string): Remembered | undefined {
    this.#forget()
    return this.#answers.get(scope)
  }

  add(remembered: Remembered): void {
    this.#remove(remembered.scope)
    this.#answers.set(remembered.scope, remembered)
    this.#chars += sizeOf(remembered)
    this.#forget()
  }

  all(): Iterable<Remembered> {
    return this.#answers.values()
  }

  #forget(): void {
    const oldest = this.#clock() - KEPT_MS
    for (const { atMs, scope } of this.#answers.values()) {
      const crowded = this.#answers.size > MAX_KEPT_ANSWERS || this.#chars > MAX_KEPT_CHARS
      if (atMs > oldest && !crowded) return
      this.#remove(scope)
    }
  }

  #remove(scope: string): void {
    const gone = this.#answers.get(scope)
    if (gone === undefined) return
    this.#answers.delete(scope)
    this.#chars -= sizeOf(gone)
  }
}

function sizeOf({ answer }: Remembered): number {
  return answer.kind === 'answer' ? answer.body.length : JSON.stringify(answer).length
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}

function inProgress(): SessionsError {
  return new SessionsError(
    'in_progress',
    'The first request with this Idempotency-Key is not answered yet: ask again in a moment.',
    { retryAfterSeconds: 1 },
  )
}
