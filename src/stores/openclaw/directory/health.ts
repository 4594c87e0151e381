import type { SourceStatus } from '../../../contract/session.js'
import { GONE, unreadableWords } from '../../../system/unreadable.js'
import type { Tally } from '../sessions-json/rows.js'
import type { Discovery } from './discovery.js'
import type { PlacedStore } from './place.js'

export type DirectoryHealth = Pick<SourceStatus, 'status' | 'message'>

/** Agents that are named in a sentence; of more there is a number. */
const MAX_NAMED = 3

/** Said of rows that cannot be read anew. */
const LAST_ROWS = 'The rows it had last are shown.'

/** Each fault of transcripts with what to do: of one, of many, the rest. `gone` and `unwritten` make no source worse. */
const FAULTS = [
  [
    'link',
    'transcript is',
    'transcripts are',
    'reached by a symbolic link and not read: put the file itself in its place',
  ],
  [
    'special',
    'transcript is',
    'transcripts are',
    'no regular file and not read: put the transcript itself in its place',
  ],
  [
    'outside',
    'transcript is',
    'transcripts are',
    'named outside of the state directory and not read: move the file into the sessions folder',
  ],
] as const

/** What is told of one store. `unread`: codes of its transcripts that could not be read. `null`: there is nothing to tell. */
export function placeHealth(
  place: PlacedStore,
  tally: Tally,
  unread: readonly string[],
): DirectoryHealth | null {
  const { folder, store } = place
  const { state } = store
  const unlisted =
    folder.problem === null ? null : unreadableWords('The sessions folder', folder.problem)
  if (state.kind === 'problem')
    return problemHealth(
      folder.problem === GONE && unlisted !== null ? unlisted : state.problem,
      tally,
    )
  if (state.kind === 'absent') return unlisted === null ? null : problemHealth(unlisted, tally)
  if (unlisted !== null) return problemHealth(unlisted, tally)
  const faults = [
    phrase(state.skipped, 'entry is', 'entries are', 'no session and left out'),
    ...FAULTS.map(([fault, one, many, rest]) => phrase(tally[fault], one, many, rest)),
    ...unreadPhrases(unread),
  ].join('')
  const read = tally.rows === 0 ? 'No sessions.' : phrase(tally.rows, 'session', 'sessions', 'read')
  const absent = [
    phrase(
      tally.gone,
      'transcript is',
      'transcripts are',
      'gone: restore it, or remove the entry with `openclaw-sessions cleanup --fix-missing`',
    ),
    phrase(tally.unwritten, 'session has', 'sessions have', 'no transcript yet'),
  ].join('')
  return { status: faults === '' ? 'ok' : 'degraded', message: `${read}${faults}${absent}`.trim() }
}

/** The health of an agent whose sessions are in a database that no store here reads, beside `files`, which its store file has. */
export function databaseHealth(files: DirectoryHealth | null, rows: number): DirectoryHealth {
  if (files === null || rows === 0) return { status: 'down', message: DATABASE }
  return {
    status: 'degraded',
    message: `${files.message} ${DATABASE} What is shown is from its files of before the upgrade.`,
  }
}

const DATABASE =
  'This agent keeps its sessions in SQLite (OpenClaw 2026.8 and later), which a store of files does not read: open the directory with openclawStores.'

function problemHealth(problem: string, { rows }: Tally): DirectoryHealth {
  return rows === 0
    ? { status: 'down', message: problem }
    : { status: 'degraded', message: `${problem} ${LAST_ROWS}` }
}

/** The health of the state directory as a whole; `null` when its stores, or its databases, speak for it. */
export function stateHealth(
  discovery: Discovery,
  stores: number,
  configProblem: string | null,
): DirectoryHealth | null {
  const unlisted = [...discovery.unseen.values()].find((code) => code !== 'ENOENT')
  const faults = [
    ...(configProblem === null ? [] : [configProblem]),
    ...refusedWords(discovery.refused),
    ...(unlisted === undefined ? [] : [unreadableWords("The agents' folder", unlisted)]),
  ].join(' ')
  if (stores > 0 || discovery.sqlite.length > 0)
    return faults === '' ? null : { status: 'degraded', message: faults }
  if (discovery.stateDirMissing) return { status: 'down', message: MISSING }
  return faults === ''
    ? { status: 'ok', message: 'No agent has sessions yet.' }
    : { status: 'down', message: `No agent has sessions yet. ${faults}` }
}

const MISSING = 'There is no state directory: set OPENCLAW_STATE_DIR, or start the gateway once.'

function refusedWords(agents: readonly string[]): string[] {
  if (agents.length === 0) return []
  const named = agents.slice(0, MAX_NAMED).map((agent) => `agents/${agent}`)
  const others = agents.length - named.length
  const names = `${named.join(', ')}${others === 0 ? '' : ` and ${others} more`}`
  return [
    `${names}: a symbolic link that leads out of the real agents folder, or nowhere, and is not read. Put the folder itself there, or set OPENCLAW_STATE_DIR to the real state directory.`,
  ]
}

/** One sentence for each code. */
function unreadPhrases(codes: readonly string[]): string[] {
  return [...new Set(codes)].map((code) => {
    const count = codes.filter((one) => one === code).length
    const words = unreadableWords(`${count} of the transcripts`, code)
    return ` ${words} Rows keep their last values.`
  })
}

/** A sentence with a space before it, or nothing. */
function phrase(count: number, one: string, many: string, rest: string): string {
  return count === 0 ? '' : ` ${count} ${count === 1 ? one : many} ${rest}.`
}
