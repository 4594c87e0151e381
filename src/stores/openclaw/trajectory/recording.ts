import { reading } from '../../../system/unreadable.js'
import { type OpenFile, openFile, openSeen } from '../../jsonl/file-version.js'
import { spansAfter } from '../../jsonl/line-spans.js'
import { readLines } from '../../jsonl/span-reader.js'
import { pointerName, recordingName } from '../directory/file-names.js'
import { type FilePlace, pathOf } from '../paths.js'
import { pointedPlace } from './pointer.js'
import { runtimeEvent } from './runtime-event.js'

/** Lines looked at for one that says whose recording it is. */
const INTRODUCTION = { lines: 16, bytes: 1024 * 1024 }

/** Whose recording is looked for. */
export interface RecordingFacts {
  /** The session's transcript. */
  readonly transcript: FilePlace
  readonly sessionId: string
  /** The state directory. */
  readonly root: string
  /** True while the folder of the transcript is gone, as an unmounted volume is. Default: it never is. */
  isFolderGone?(): Promise<boolean>
}

/** A recording that is open. */
export interface OpenRecording extends OpenFile {
  readonly place: FilePlace
}

/**
 * Opens the recording of a session: where its pointer says, when that is allowed and the events in there are of this
 * session, else beside its transcript. `null` when there is none. Throws `source_unreadable`. Whoever opens closes.
 */
export function openRecording(facts: RecordingFacts): Promise<OpenRecording | null> {
  return reading('The recording', () => openAny(facts))
}

async function openAny(facts: RecordingFacts): Promise<OpenRecording | null> {
  const { root, sessionId, transcript } = facts
  const { dir, name } = transcript
  const pointer = { dir, name: pointerName(name) }
  const pointed = await pointedPlace({ file: pointer, transcript: name, sessionId, root })
  const relocated = pointed === null ? null : await openPlace(pointed)
  if (relocated !== null && (await isOf(relocated, sessionId))) return relocated
  await relocated?.handle.close()
  const beside = { dir, name: recordingName(name) }
  const { isFolderGone } = facts
  const seen = { path: pathOf(beside), ...(isFolderGone === undefined ? {} : { isFolderGone }) }
  const file = await openSeen(seen, 'the recording')
  return file === null ? null : { ...file, place: beside }
}

async function openPlace(place: FilePlace): Promise<OpenRecording | null> {
  const file = await openFile(pathOf(place))
  return file === null ? null : { ...file, place }
}

async function isOf({ handle, version }: OpenFile, sessionId: string): Promise<boolean> {
  const { spans } = await spansAfter(handle, 0, version.size, INTRODUCTION)
  const lines = await readLines(handle, spans)
  return lines.some(({ records }) =>
    records.some(({ line }) => {
      const event = runtimeEvent(line, sessionId)
      return event !== null && event !== 'other'
    }),
  )
}
