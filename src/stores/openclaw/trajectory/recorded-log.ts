import { stat } from 'node:fs/promises'
import type { ResetReason } from '../../../contract/position.js'
import type { TrajectoryEvent, TrajectoryPlace } from '../../../contract/trajectory.js'
import type {
  LogPage,
  LogPageRequest,
  LogSlice,
  TrajectoryLog,
  TrajectoryRecord,
} from '../../../contract/trajectory-log.js'
import { SessionsError } from '../../../errors.js'
import { GONE, reading, unreadable } from '../../../system/unreadable.js'
import type { DirectoryWatcher } from '../../jsonl/directory-watch.js'
import { fileChanges } from '../../jsonl/file-changes.js'
import { type FileVersion, sameVersion } from '../../jsonl/file-version.js'
import { lastLineEnd, spansAfter, spansBefore } from '../../jsonl/line-spans.js'
import { readLines, type Span } from '../../jsonl/span-reader.js'
import { sidecars } from '../directory/file-names.js'
import { type OpenRecording, openRecording, type RecordingFacts } from './recording.js'
import { parsePlace, placeAfter, placeAt } from './recording-place.js'
import { runtimeEvent, withoutReport } from './runtime-event.js'

/** Bytes of lines that one answer is made of: without it a page of huge events would fill the memory. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Bytes looked through for one page: of a file of broken lines there is none, and it may have gigabytes. */
const MAX_LOOKED_BYTES = 64 * 1024 * 1024

/** Lines found at a time: some of them may be broken or blank. */
const MAX_LINES = 1000

interface ReadLines {
  /** Of each line that has events: nearly always one. */
  readonly records: readonly TrajectoryRecord[]
  readonly broken: number
  /** After the last line; `undefined` when there was none. */
  readonly end: TrajectoryPlace | undefined
}

/** The trajectory that a gateway wrote of a session, wherever it is. Nothing is kept of the file but a place in it. */
export class RecordedLog implements TrajectoryLog {
  readonly source = 'runtime'
  readonly #facts: RecordingFacts
  readonly #directories: DirectoryWatcher
  /** Where it was read from last. */
  #folder: string | null = null
  /** A line without an end: looked through up to here. */
  #torn = { from: 0, searched: 0 }
  /** Up to where everything was read, and what the file was then: a follower that waits asks again and again. */
  #read: { readonly place: TrajectoryPlace; readonly version: FileVersion } | null = null

  constructor(facts: RecordingFacts, directories: DirectoryWatcher) {
    this.#facts = facts
    this.#directories = directories
  }

  page({ before, limit }: LogPageRequest): Promise<LogPage | null> {
    return this.#withFile(async (file) => {
      const end = await lastLineEnd(file.handle, file.version.size)
      if (end === 0) return null
      const from = before === undefined ? end : await this.#offsetOf(before, file)
      const { broken, events, reached } = await this.#readBack(file, from, limit)
      return {
        events,
        before: reached === 0 ? null : await this.#place(file, reached),
        end: await this.#place(file, end),
        brokenLines: broken,
      }
    })
  }

  after(place: TrajectoryPlace, limit: number): Promise<LogSlice | null> {
    return this.#withFile(async (file) => {
      if (this.#isSame(place, file))
        return { kind: 'records', records: [], end: place, more: false }
      const reason = await this.#lossOf(place, file)
      if (reason !== null) return { kind: 'lost', reason }
      return this.#readOn(file, place, limit)
    })
  }

  /** A relocated file rings with the slow poll only. */
  changes(signal: AbortSignal): AsyncIterable<void> {
    const { dir, name } = this.#facts.transcript
    return fileChanges(this.#directories, dir, new Set(sidecars(name)), signal)
  }

  #isSame(place: TrajectoryPlace, { version }: OpenRecording): boolean {
    return this.#read?.place === place && sameVersion(this.#read.version, version)
  }

  async #withFile<T>(read: (file: OpenRecording) => Promise<T>): Promise<T | null> {
    const file = await openRecording(this.#facts)
    await this.#assertSame(file)
    if (file === null) return null
    try {
      return await reading('The recording', () => read(file))
    } finally {
      await file.handle.close()
    }
  }

  /** A relocated recording whose folder went is unmounted rather than never made. */
  async #assertSame(file: OpenRecording | null): Promise<void> {
    const former = this.#folder
    if (file !== null) this.#folder = file.place.dir
    if (former === null || former === file?.place.dir || (await isThere(former))) return
    this.#folder = former
    await file?.handle.close()
    throw unreadable('The folder of the recording', GONE)
  }

  #place({ handle }: OpenRecording, offset: number): Promise<TrajectoryPlace> {
    return placeAt(handle, offset, this.#facts.sessionId)
  }

  async #offsetOf(before: TrajectoryPlace, file: OpenRecording): Promise<number> {
    if ((await this.#lossOf(before, file)) === null) return parsePlace(before)?.offset ?? 0
    throw new SessionsError(
      'cursor_gone',
      'The trajectory was rewritten since this cursor was given; begin again without a cursor.',
    )
  }

  async #lossOf(place: TrajectoryPlace, file: OpenRecording): Promise<ResetReason | null> {
    const facts = parsePlace(place)
    if (facts === null) return 'unknown_position'
    if (facts.offset > file.version.size) return 'truncated'
    return (await this.#place(file, facts.offset)) === place ? null : 'rewritten'
  }

  /** Goes towards the start until there are enough events; lines that are none cost no place on the page. */
  async #readBack({ handle }: OpenRecording, end: number, limit: number) {
    const pages: TrajectoryEvent[][] = []
    let [broken, count, reached] = [0, 0, end]
    let room = MAX_ANSWER_BYTES
    while (count < limit && reached > 0 && room > 0 && end - reached < MAX_LOOKED_BYTES) {
      const lines = Math.min(limit - count, MAX_LINES)
      const found = await spansBefore(handle, reached, { lines, bytes: room })
      const read = await this.#readLines(handle, found.spans)
      room -= reached - found.reached
      reached = found.reached
      broken += read.broken
      const events = read.records.flatMap(({ events }) => events)
      count += events.length
      pages.unshift(events)
    }
    return { events: pages.flat(), broken, reached }
  }

  async #readOn(
    { handle, version }: OpenRecording,
    place: TrajectoryPlace,
    limit: number,
  ): Promise<LogSlice> {
    const from = parsePlace(place)?.offset ?? 0
    const searched = this.#torn.from === from ? Math.min(this.#torn.searched, version.size) : from
    const limits = { lines: limit, bytes: MAX_ANSWER_BYTES }
    const { reached, spans } = await spansAfter(handle, from, version.size, limits, searched)
    if (spans.length === 0) this.#torn = { from, searched: version.size }
    const { end = place, records } = await this.#readLines(handle, spans)
    const more = spans.length > 0 && reached < version.size
    if (!more) this.#read = { place: end, version }
    return { kind: 'records', records, end, more }
  }

  /** Lines of other sessions are not broken: one folder may hold the recordings of all. */
  async #readLines(handle: OpenRecording['handle'], spans: readonly Span[]): Promise<ReadLines> {
    const { sessionId } = this.#facts
    const lines = await readLines(handle, spans)
    const records: TrajectoryRecord[] = []
    let broken = 0
    let end: TrajectoryPlace | undefined
    for (const [at, span] of spans.entries()) {
      const line = lines[at]
      const found = line?.records.map((record) => runtimeEvent(record.line, sessionId)) ?? []
      const place = placeAfter(span, line, sessionId)
      end = place
      if (line?.lost || found.includes(null)) broken += 1
      const events = found.filter((event) => event !== null && event !== 'other')
      if (events.length > 0) records.push({ place, events: events.map(withoutReport) })
    }
    return { records, broken, end }
  }
}

async function isThere(dir: string): Promise<boolean> {
  return stat(dir).then(
    () => true,
    () => false,
  )
}
