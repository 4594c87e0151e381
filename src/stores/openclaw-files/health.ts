import type { SourceStatus } from '../../contract/session.js'
import type { Discovery } from './discovery.js'
import type { Place } from './place.js'
import type { Tally } from './rows.js'

export type Health = Pick<SourceStatus, 'status' | 'message'>

/** What is told of one store. `null`: there is none yet, and nothing to tell. */
export function placeHealth({ store }: Place, tally: Tally): Health | null {
  const { state } = store
  if (state.kind === 'absent') return null
  if (state.kind === 'problem') return problemHealth(state.problem, tally)
  const faults = [
    phrase(state.skipped, 'entry is', 'entries are', 'no session and left out'),
    phrase(
      tally.refused,
      'transcript is',
      'transcripts are',
      'a link or special file and not read',
    ),
  ].join('')
  const read = tally.rows === 0 ? 'No sessions.' : phrase(tally.rows, 'session', 'sessions', 'read')
  const gone = phrase(tally.gone, 'transcript is', 'transcripts are', 'gone')
  return { status: faults === '' ? 'ok' : 'degraded', message: `${read}${faults}${gone}`.trim() }
}

function problemHealth(problem: string, { rows }: Tally): Health {
  return rows === 0
    ? { status: 'down', message: problem }
    : { status: 'degraded', message: `${problem} The rows it had last are shown.` }
}

/** What is told of the state directory as a whole; `null` when its stores speak for it. */
export function stateHealth(
  discovery: Discovery,
  stores: number,
  configProblem: string | null,
): Health | null {
  const unlisted = [...discovery.unseen.values()].find((code) => code !== 'ENOENT')
  const faults = [
    configProblem === null ? '' : ` ${configProblem}`,
    phrase(
      discovery.refused,
      'agent folder is',
      'agent folders are',
      'a link to elsewhere and not read',
    ),
    unlisted === undefined ? '' : ` The agents' folder cannot be listed (${unlisted}).`,
  ].join('')
  if (stores > 0) return faults === '' ? null : { status: 'degraded', message: faults.trim() }
  if (discovery.stateDirMissing) return { status: 'down', message: MISSING }
  return { status: faults === '' ? 'ok' : 'down', message: `No agent has sessions yet.${faults}` }
}

const MISSING = 'There is no state directory: set OPENCLAW_STATE_DIR, or start the gateway once.'

/** A sentence with a space before it, or nothing. */
function phrase(count: number, one: string, many: string, rest: string): string {
  return count === 0 ? '' : ` ${count} ${count === 1 ? one : many} ${rest}.`
}
