const ARCHIVE_TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d{3})?Z$/
const CHECKPOINT = /\.checkpoint\.[^.]+\.jsonl$/
const LOCK = '.lock'
const CUT = '.jsonl.bak.'

/**
 * True for the name of a transcript in use. Checkpoints are copies and trajectories are something else, although both
 * end in `.jsonl`; archives do not end in it. Source: formats 2026.4 §1, 2026.5 §1.2.
 */
export function isTranscriptName(name: string): boolean {
  return (
    name.endsWith('.jsonl') &&
    name !== '.jsonl' &&
    !name.endsWith('.trajectory.jsonl') &&
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
