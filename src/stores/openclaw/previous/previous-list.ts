import type { StoredPrevious } from '../../../contract/previous.js'
import type { StoredSession } from '../../../contract/store.js'
import type { Folder } from '../directory/folder.js'
import type { FilePlace } from '../paths.js'
import type { Located } from '../sessions-json/entry-transcript.js'
import { ArchiveList, type ListedArchive } from './archive-list.js'
import { distinctName, type PreviousFacts, readPrevious } from './previous-facts.js'
import { type FormerLife, previousFiles } from './previous-files.js'

/** Transcripts told of one session; a session that is reset every hour for months has more. */
const MAX_PREVIOUS = 200

/** A former transcript, and where the store reads it. */
export interface FoundPrevious extends StoredPrevious {
  readonly located: Located
}

/** Finds the transcripts that sessions had before. */
export class PreviousList {
  readonly #archives = new Map<string, ArchiveList>()
  readonly #identity: (file: FilePlace) => string

  /** `identity` names a file wherever the state directory is mounted. */
  constructor(identity: (file: FilePlace) => string) {
    this.#identity = identity
  }

  /** Newest first. */
  async of(
    session: StoredSession,
    life: Omit<FormerLife, 'archivesIn'>,
  ): Promise<readonly FoundPrevious[]> {
    const files = await previousFiles({ ...life, archivesIn: (folder) => this.#in(folder) })
    const facts: PreviousFacts[] = []
    for (const file of files) {
      const read = await readPrevious(file)
      if (read !== null) facts.push(read)
    }
    facts.sort((a, b) => b.endedAtMs - a.endedAtMs)
    const taken = new Set([session.sessionId])
    return facts.slice(0, MAX_PREVIOUS).map((one) => {
      const id = taken.has(one.ownId) ? distinctName(one.file) : one.ownId
      taken.add(id)
      return this.#found(session, id, one)
    })
  }

  /** Archived transcripts of a folder. */
  archives(folder: Folder): Promise<readonly ListedArchive[]> {
    return this.#in(folder)
  }

  #found(session: StoredSession, sessionId: string, facts: PreviousFacts): FoundPrevious {
    const { bytes, endedAtMs, file, ownId, reason, startedAtMs } = facts
    const { folder, name, of } = file
    return {
      sessionId,
      startedAt: isoOf(startedAtMs),
      endedAt: isoOf(endedAtMs),
      reason,
      bytes,
      stored: {
        ...session,
        sessionId,
        transcriptId: `${sessionId}:${this.#identity({ dir: folder.dir, name })}`,
        transcriptProblem: null,
        lock: null,
      },
      located: {
        file: { folder, name },
        fault: null,
        recording: { transcript: of, sessionId: ownId },
      },
    }
  }

  #in({ dir }: Folder): Promise<readonly ListedArchive[]> {
    let list = this.#archives.get(dir)
    if (list === undefined) {
      list = new ArchiveList(dir)
      this.#archives.set(dir, list)
    }
    return list.all()
  }
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
