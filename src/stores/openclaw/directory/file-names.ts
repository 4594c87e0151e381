import { readArchiveName } from './archive-names.js'

const CHECKPOINT = /\.checkpoint\.[^.]+\.jsonl$/
const TRAJECTORY = '.trajectory.jsonl'
const POINTER = '.trajectory-path.json'
const LOCK = '.lock'
const TOPIC = '-topic-'
/** As pi, OpenClaw's agent runtime, names its own transcripts. */
const STARTED = /^\d{4}-\d\d-\d\dT[0-9.-]+Z?_/
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

/** The transcript of one thread of a session. Source: formats 2026.4 §1. */
export function topicName(sessionId: string, thread: string): string {
  return `${sessionId}${TOPIC}${encodeURIComponent(thread)}.jsonl`
}

/**
 * Session ids that a file's name may carry, in every form that OpenClaw gives: transcripts, those of a thread or with the
 * time before the id, their checkpoints, trajectories and archives. An id may have `-topic-` in it: then there are several.
 */
export function sessionIdsIn(name: string): readonly string[] {
  const stem = stemOf(readArchiveName(name)?.of ?? name)
  if (stem === null) return []
  const plain = stem.replace(STARTED, '')
  const ids = plain === stem ? [stem] : [stem, plain]
  for (let at = plain.indexOf(TOPIC, 1); at !== -1; at = plain.indexOf(TOPIC, at + 1))
    ids.push(plain.slice(0, at))
  return ids
}

/** Session ids of a transcript that is named otherwise than `<sessionId>.jsonl`; none for that plain name. */
export function sessionIdsOfVariant(transcript: string): readonly string[] {
  if (!transcript.includes(TOPIC) && !STARTED.test(transcript)) return NONE
  return sessionIdsIn(transcript).slice(1)
}

const NONE: readonly string[] = []

/** A name without what OpenClaw puts behind the id and thread of a session; `null` for a file of another kind. */
function stemOf(name: string): string | null {
  const end = ENDINGS.exec(name)
  return end === null || end.index === 0 ? null : name.slice(0, end.index)
}

const ENDINGS =
  /(?:\.trajectory\.jsonl|\.trajectory-path\.json|\.checkpoint\.[^.]+\.jsonl|\.jsonl)$/

/** UUID in a transcript's name (`<uuid>`, `<uuid>-topic-…`, `<time>_<uuid>`), or `null` for a name of another kind. */
export function uuidInName(name: string): string | null {
  const match = UUID_NAME.exec(name)
  return match?.[1]?.toLowerCase() ?? null
}

const UUID_NAME =
  /^(?:\d{4}-\d\d-\d\dT[0-9.-]+Z?_)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:-topic-[^/]+)?\.jsonl$/i
