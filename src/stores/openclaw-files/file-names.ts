import type { ArchiveReason, KeptFile, KeptFileKind } from '../../contract/maintenance.js'

const ARCHIVE_TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d{3})?Z$/
const CHECKPOINT = /\.checkpoint\.[^.]+\.jsonl$/
const TRAJECTORY = '.trajectory.jsonl'
const POINTER = '.trajectory-path.json'
const TEMPORARY = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/
const STORE_BACKUP = /\.json\.bak\.\d+$/
const LOCK = '.lock'
const CUT = '.jsonl.bak.'
/** Longest session id in the name of a recording. */
const MAX_ID_CHARS = 120

/**
 * True for the name of a transcript in use. Checkpoints are copies and trajectories are something else, although both
 * end in `.jsonl`; archives do not end in it. Source: formats 2026.4 §1, 2026.5 §1.2.
 */
export function isTranscriptName(name: string): boolean {
  return (
    name.endsWith('.jsonl') &&
    name !== '.jsonl' &&
    !name.endsWith(TRAJECTORY) &&
    !CHECKPOINT.test(name)
  )
}

export function lockName(transcript: string): string {
  return transcript + LOCK
}

/** The transcript that a lock file is for, or `null` when the name is not of a transcript's lock. */
export function lockedTranscript(name: string): string | null {
  if (!name.endsWith(LOCK)) return null
  const transcript = name.slice(0, -LOCK.length)
  return isTranscriptName(transcript) ? transcript : null
}

/** Files that belong to a transcript alone: its trajectory and where that is. Source: formats 2026.5 §2. */
export function sidecars(transcript: string): readonly string[] {
  return [recordingName(transcript), pointerName(transcript)]
}

/** Names that a recording may have: beside its transcript, or in OPENCLAW_TRAJECTORY_DIR. Source: formats 2026.5 §2. */
export function recordingNames(transcript: string, sessionId: string): readonly string[] {
  return [recordingName(transcript), `${plainSessionId(sessionId)}.jsonl`]
}

/** The recording beside a transcript. */
export function recordingName(transcript: string): string {
  return transcript.replace(/\.jsonl$/, '') + TRAJECTORY
}

/** Where that says to be relocated. */
export function pointerName(transcript: string): string {
  return transcript.replace(/\.jsonl$/, '') + POINTER
}

/** As OpenClaw makes a file name of a session id. */
export function plainSessionId(sessionId: string): string {
  const plain = sessionId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_ID_CHARS)
  return /[A-Za-z0-9]/.test(plain) ? plain : 'session'
}

/** Name of an archive of a file. Source: formats 2026.4 §1. */
export function archiveName(name: string, reason: 'bak' | ArchiveReason, atMs: number): string {
  return `${name}.${reason}.${new Date(atMs).toISOString().replaceAll(':', '-')}`
}

/** What a file of a sessions folder is for, and when it was put away. `store`: the name of the store's own file. */
export function kindOfName(name: string, store: string): Pick<KeptFile, 'archivedAtMs' | 'kind'> {
  const archived = archiveOf(name)
  if (archived !== null) return archived
  return { kind: plainKind(name, store), archivedAtMs: null }
}

function archiveOf(name: string): Pick<KeptFile, 'archivedAtMs' | 'kind'> | null {
  for (const [reason, kind] of ARCHIVES) {
    const at = name.lastIndexOf(`.${reason}.`)
    const time = name.slice(at + reason.length + 2)
    if (at > 0 && ARCHIVE_TIME.test(time)) return { kind, archivedAtMs: archiveTimeMs(time) }
  }
  return null
}

const ARCHIVES = [
  ['deleted', 'deleted'],
  ['reset', 'reset'],
  ['bak', 'cut'],
] as const

function archiveTimeMs(time: string): number | null {
  const [date = '', clock = ''] = time.split('T')
  const ms = Date.parse(`${date}T${clock.replace('-', ':').replace('-', ':')}`)
  return Number.isNaN(ms) ? null : ms
}

function plainKind(name: string, store: string): KeptFileKind {
  if (name === store) return 'store'
  if (STORE_BACKUP.test(name)) return 'backup'
  if (TEMPORARY.test(name)) return 'temporary'
  if (name.endsWith(TRAJECTORY) || name.endsWith(POINTER)) return 'trajectory'
  if (CHECKPOINT.test(name)) return 'checkpoint'
  return isTranscriptName(name) ? 'transcript' : 'other'
}

/** For `x.jsonl.bak.<time>`, a part cut from a transcript: that transcript and the time, which sorts as text. */
export function cutPart(name: string): { transcript: string; time: string } | null {
  const at = name.indexOf(CUT)
  const time = name.slice(at + CUT.length)
  if (at <= 0 || !ARCHIVE_TIME.test(time)) return null
  return { transcript: `${name.slice(0, at)}.jsonl`, time }
}

/** UUID in a transcript's name (`<uuid>`, `<uuid>-topic-…`, `<time>_<uuid>`), or `null` for a name of another kind. */
export function uuidInName(name: string): string | null {
  const match = UUID_NAME.exec(name)
  return match?.[1]?.toLowerCase() ?? null
}

const UUID_NAME =
  /^(?:\d{4}-\d\d-\d\dT[0-9.-]+Z?_)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:-topic-[^/]+)?\.jsonl$/i
