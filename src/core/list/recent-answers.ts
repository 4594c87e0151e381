import { Recents } from '../../system/lru.js'
import type { ListPage } from './list-page.js'

/** Answers kept for dashboards that ask the same. */
const MAX_ANSWERS = 256
/** Rows in all of them; with some 1.5 KB each this bounds memory to about 40 MB. */
const MAX_ROWS = 25_000

interface Kept {
  readonly answer: ListPage
  readonly rows: number
}

/** The last answers, all of one moment: the first one of the next moment takes their place. */
export class RecentAnswers {
  readonly #answers = new Recents<string, Kept>({
    max: MAX_ANSWERS,
    maxWeight: MAX_ROWS,
    weightOf: ({ rows }) => rows,
  })
  #moment = ''

  get(moment: string, name: string): ListPage | undefined {
    return moment === this.#moment ? this.#answers.get(name)?.answer : undefined
  }

  keep(moment: string, name: string, answer: ListPage, rows: number): void {
    if (moment !== this.#moment) this.#answers.clear()
    this.#moment = moment
    this.#answers.set(name, { answer, rows })
  }
}
