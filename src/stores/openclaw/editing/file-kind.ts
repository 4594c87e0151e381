import type { KeptFile, KeptFileKind } from '../../../contract/maintenance.js'
import { type PutAside, readArchiveName } from '../directory/archive-names.js'
import { sessionIdsIn } from '../directory/file-names.js'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** Any session id with what may stand behind it: without the blanks and brackets of copies. */
const ID = '[a-z0-9][a-z0-9._%-]*'
/** Threads as channels name them: numbers, and what had to be encoded. Other words may be of somebody who made a copy. */
const THREAD = '(?:\\d+(?:\\.\\d+)*|%[0-9a-f]{2}[a-z0-9_%-]*)'
/** The time before an id, as pi names its transcripts. */
const STARTED = '(?:\\d{4}-\\d\\d-\\d\\dT[0-9.-]+Z?_)?'
/** Session ids that OpenClaw makes itself, with the time before or a thread behind. Source: formats 2026.4 §1, 2026.5 §1.6. */
const MADE = `${STARTED}(?:model-run-)?${UUID}(?:-topic-${THREAD})?`

const TRANSCRIPT = new RegExp(`^${MADE}\\.jsonl$`, 'i')
const TRAJECTORY = new RegExp(`^${MADE}\\.trajectory(?:\\.jsonl|-path\\.json)$`, 'i')
const CHECKPOINT = new RegExp(`^${ID}\\.checkpoint\\.${UUID}\\.jsonl$`, 'i')
const ARCHIVED = new RegExp(`^${ID}\\.jsonl$`, 'i')
const BEFORE_ID = new RegExp(`^${STARTED}`)
/** What stands behind a session's id in the names of its own files. */
const BEHIND_ID = new RegExp(
  `^(?:-topic-${THREAD})?(?:\\.jsonl|\\.trajectory\\.jsonl|\\.trajectory-path\\.json)$`,
  'i',
)
const TEMPORARY = new RegExp(`^(.+)\\.${UUID}\\.tmp$`, 'i')

const ARCHIVES: Readonly<Record<PutAside, KeptFileKind>> = {
  deleted: 'deleted',
  reset: 'reset',
  bak: 'cut',
}

/** What the sessions of a store say of its files: names that no pattern knows. */
export interface Meant {
  /** Names that sessions of the store gave, such as a transcript of their own. */
  readonly names: ReadonlySet<string>
  /** Their ids, in lower case: not every one is a UUID that a pattern knows. */
  readonly ids: ReadonlySet<string>
}

const NOTHING_MEANT: Meant = { names: new Set(), ids: new Set() }

/**
 * What a file of a sessions folder is for, and when it was put away; `other` is left alone for ever. Only names that
 * OpenClaw itself gives count: copies, conflicts and backups that others made are theirs, however they end. `store`: the
 * name of the store's own file. `meant`: what the sessions of the store say.
 */
export function kindOfName(
  name: string,
  store: string,
  meant: Meant = NOTHING_MEANT,
): Pick<KeptFile, 'archivedAtMs' | 'kind'> {
  const archive = readArchiveName(name)
  if (archive !== null && (ARCHIVED.test(archive.of) || meant.names.has(archive.of)))
    return { kind: ARCHIVES[archive.reason], archivedAtMs: archive.atMs }
  return { kind: plainKind(name, store, meant), archivedAtMs: null }
}

function plainKind(name: string, store: string, meant: Meant): KeptFileKind {
  if (name === store) return 'store'
  if (name.startsWith(`${store}.bak.`) && /^\d+$/.test(name.slice(store.length + 5)))
    return 'backup'
  const [, written] = TEMPORARY.exec(name) ?? []
  if (written !== undefined)
    return written === store || plainKind(written, store, meant) !== 'other' ? 'temporary' : 'other'
  if (CHECKPOINT.test(name)) return 'checkpoint'
  if (TRAJECTORY.test(name)) return 'trajectory'
  if (TRANSCRIPT.test(name)) return 'transcript'
  return meant.names.has(name) || carriesId(name, meant.ids) ? meantKind(name) : 'other'
}

/** True for a file of a session by its id, of one of its threads too: `explicit-lab-1-topic-7.jsonl`. */
function carriesId(name: string, ids: ReadonlySet<string>): boolean {
  const plain = name.replace(BEFORE_ID, '')
  return sessionIdsIn(name).some(
    (id) =>
      ids.has(id.toLowerCase()) &&
      [name, plain].some((text) => text.startsWith(id) && BEHIND_ID.test(text.slice(id.length))),
  )
}

function meantKind(name: string): KeptFileKind {
  return /\.trajectory(?:\.jsonl|-path\.json)$/.test(name) ? 'trajectory' : 'transcript'
}
