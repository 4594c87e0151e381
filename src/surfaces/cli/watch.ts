import type { Machine } from './machine.js'
import type { SessionSource } from './session-source.js'

/** Changes that come together are shown together: more pictures in a second are for nobody. */
const SETTLE_MS = 500
/** Home, and nothing below it. */
const CLEAR = '\u001b[H\u001b[2J'

/** What is seen now, and the event after which that is old. */
export interface Picture {
  readonly eventId: string
  show(): Promise<void> | void
}

/** Shows a picture, and another one after every change, until Ctrl-C. */
export async function watchSessions(
  machine: Machine,
  source: SessionSource,
  agent: string | undefined,
  take: () => Promise<Picture>,
): Promise<void> {
  const signal = machine.untilInterrupted()
  const paint = async (picture: Picture) => {
    if (machine.columns !== null) machine.out(CLEAR)
    await picture.show()
  }
  const first = await take()
  await paint(first)
  const query = { after: first.eventId, ...(agent === undefined ? {} : { agent: [agent] }) }
  let due: NodeJS.Timeout | undefined
  let failure: unknown
  const ended = new AbortController()
  const again = async () => {
    due = undefined
    try {
      await paint(await take())
    } catch (error) {
      failure = error
      ended.abort()
    }
  }
  try {
    for await (const { type } of source.events(query, AbortSignal.any([signal, ended.signal])))
      if (type !== 'tick') due ??= setTimeout(again, SETTLE_MS)
  } finally {
    clearTimeout(due)
  }
  if (failure !== undefined) throw failure
}
