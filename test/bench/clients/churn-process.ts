/** A gateway that rewrites a large store again and again, in a process of its own. */
import { StoreFile } from '../data/store-file.js'
import { answerQuestions, stayForQuestions } from '../processes/channel.js'

export interface ChurnRequest {
  readonly folder: string
  readonly agent: string
  readonly entries: number
  readonly everyMs: number
}

let timer: NodeJS.Timeout | null = null
let writes = 0

answerQuestions({
  start: (request) => start(request as ChurnRequest),
  /** Ends it; the number of writes. */
  stop: () => {
    if (timer !== null) clearInterval(timer)
    return writes
  },
})
stayForQuestions()

function start({ folder, agent, entries, everyMs }: ChurnRequest): void {
  const file = new StoreFile(folder, agent, entries)
  timer = setInterval(() => {
    file.touch((writes * 97) % entries, Date.now())
    file.write()
    writes += 1
  }, everyMs)
}
