import type { ListAnswer } from '../contract/manager.js'

/** Answers kept for dashboards that ask the same; a page of 1,000 rows is about 2 MB, so this bounds memory to tens of MB. */
const MAX_ANSWERS = 16

/** The last answers by their tag, which changes with everything they depend on. The one unused for longest is dropped. */
export class RecentAnswers {
  readonly #answers = new Map<string, ListAnswer>()

  get(etag: string): ListAnswer | undefined {
    const answer = this.#answers.get(etag)
    if (answer !== undefined) this.keep(answer)
    return answer
  }

  keep(answer: ListAnswer): void {
    this.#answers.delete(answer.etag)
    this.#answers.set(answer.etag, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest)
  }
}
