import { systemCode } from '../../../system/system-code.js'
import { unreadable } from '../../../system/unreadable.js'
import { parseJson } from '../../../system/well-formed.js'
import { recordingNames } from '../directory/file-names.js'
import { readRegularFile } from '../directory/regular-file.js'
import { isFields } from '../format/fields.js'
import { type FilePlace, isRealFolder, leavesRoot, pathOf, plainAbsolute } from '../paths.js'

/** A pointer has some 250 bytes. */
const MAX_POINTER_BYTES = 64 * 1024

/** Where the pointer of a session is, and what it may point at. */
export interface PointerFacts {
  readonly file: FilePlace
  /** Name of the session's transcript. */
  readonly transcript: string
  readonly sessionId: string
  /** The state directory. */
  readonly root: string
}

/**
 * The recording that a pointer names, `null` for none that may be opened. Anybody's file could be named: it must have one
 * of the two names that OpenClaw gives, as a whole path without `..`, and no link may be on the way to its folder unless
 * that is inside of the state directory. Whoever opens it does not follow a link, and looks whose events are in it.
 */
export async function pointedPlace(facts: PointerFacts): Promise<FilePlace | null> {
  const read = await readRegularFile(pathOf(facts.file), { maxBytes: MAX_POINTER_BYTES })
  // One that is there and cannot be read may name the recording: to read on elsewhere would tell another story.
  if (read.kind === 'failed' && read.code !== 'ENOENT' && read.code !== 'ENOTDIR')
    throw unreadable('The pointer to the recording', read.code)
  const place = read.kind === 'read' ? namedPlace(read.bytes.toString('utf8'), facts) : null
  if (place === null) return null
  try {
    const inside = (await isRealFolder(place.dir)) || !(await leavesRoot(place.dir, facts.root))
    return inside ? place : null
  } catch (error) {
    // Of another machine, or gone.
    if (systemCode(error) === null) throw error
    return null
  }
}

/** What a pointer's text says, as far as it is of this session and of a name that is allowed. */
function namedPlace(text: string, { sessionId, transcript }: PointerFacts): FilePlace | null {
  const pointer = parse(text)
  if (!isFields(pointer) || pointer.traceSchema !== 'openclaw-trajectory-pointer') return null
  if (pointer.sessionId !== sessionId || typeof pointer.runtimeFile !== 'string') return null
  const place = plainAbsolute(pointer.runtimeFile)
  return place !== null && recordingNames(transcript, sessionId).includes(place.name) ? place : null
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}
