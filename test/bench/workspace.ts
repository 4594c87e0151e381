import { rmSync } from 'node:fs'
import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evenTown, linkSessions, type Town, writeTown } from './data/state-directory.js'
import { writeTranscript } from './data/transcript-file.js'
import { showProgress } from './progress.js'
import type { Scale } from './scale.js'

const MIB = 1024 * 1024
/** What the largest data set and the files of the services take. */
const NEEDED_BYTES = 4 * 1024 * MIB
const AGENTS = 20

/** A made-up transcript: with tool results and huge lines, or only with the short messages of a `chat`. */
export interface TranscriptSize {
  readonly mib: number
  readonly chat?: boolean
}

/** The folder that a run works in, and the data in it; each set is made when first asked for. */
export class Workspace {
  readonly path: string
  readonly scale: Scale
  readonly #made = new Map<string, Promise<string>>()

  private constructor(path: string, scale: Scale) {
    this.path = path
    this.scale = scale
  }

  /** Throws when the disk is too full. The caller removes it. */
  static async create(scale: Scale): Promise<Workspace> {
    const { bavail, bsize } = await statfs(tmpdir())
    if (bavail * bsize < NEEDED_BYTES)
      throw new Error(
        `${tmpdir()} needs ${NEEDED_BYTES / MIB} MiB of room; set TMPDIR to another folder.`,
      )
    return new Workspace(await mkdtemp(join(tmpdir(), 'openclaw-sessions-bench-')), scale)
  }

  /** A new empty folder. */
  folder(name: string): Promise<string> {
    return mkdtemp(join(this.path, `${name}-`))
  }

  /** A state directory of many sessions, spread evenly over 20 agents. */
  sessions(): Promise<string> {
    return this.#town('sessions', evenTown(AGENTS, this.scale.sessions))
  }

  /** The same with many more; the store of agent `busy` has `scale.storeEntries` of them. */
  manySessions(): Promise<string> {
    const { manySessions, storeEntries } = this.scale
    const rest = evenTown(AGENTS - 1, manySessions - storeEntries)
    return this.#town('many sessions', [['busy', storeEntries], ...rest])
  }

  /** A state directory with one agent, `busy`, whose only store is large. */
  largeStore(): Promise<string> {
    return this.#town('large store', [['busy', this.scale.storeEntries]])
  }

  /** A transcript of this size, the same file for all who ask. */
  transcript(size: TranscriptSize): Promise<string> {
    const { chat = false, mib } = size
    const bytes = mib * MIB
    const sessionId = transcriptId(size)
    return this.#make(sessionId, async (dir) => {
      const path = join(dir, `${sessionId}.jsonl`)
      await showProgress(sessionId, bytes, writeTranscript({ path, sessionId, bytes, chat }))
      return path
    })
  }

  /** A new state directory whose sessions have these transcripts. */
  async transcripts(sizes: readonly TranscriptSize[]): Promise<string> {
    const sessions = []
    for (const size of sizes) {
      const [key, sessionId] = [transcriptKey(size), transcriptId(size)]
      sessions.push({ agent: 'main', key, sessionId, transcript: await this.transcript(size) })
    }
    const stateDir = await this.folder('state')
    linkSessions(stateDir, sessions)
    return stateDir
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 })
  }

  #town(what: string, town: Town): Promise<string> {
    const total = town.reduce((sum, [, sessions]) => sum + sessions, 0)
    const name = `${what} (${total})`
    return this.#make(name, async (dir) => {
      await showProgress(name, total, writeTown(dir, town))
      return dir
    })
  }

  #make(name: string, make: (dir: string) => Promise<string>): Promise<string> {
    let made = this.#made.get(name)
    if (made === undefined) {
      made = this.folder('data').then(make)
      this.#made.set(name, made)
    }
    return made
  }
}

/** Key of the session with this transcript. */
export function transcriptKey(size: TranscriptSize): string {
  return `agent:main:${transcriptId(size)}`
}

function transcriptId({ chat = false, mib }: TranscriptSize): string {
  return `${chat ? 'chat' : 'transcript'}-${mib}-mib`
}
