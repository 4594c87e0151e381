import { access, constants, copyFile, rm } from 'node:fs/promises'
import { GONE, unreadable } from '../../system/unreadable.js'
import { Connection, type Sql } from './connection.js'
import { type FileState, fileState } from './file-state.js'
import { copyPlace, databaseUri, sideFiles } from './paths.js'
import { databaseProblem, refusedDatabase } from './problems.js'

/** Times that a read begins anew because the file was replaced under it. */
const MAX_ATTEMPTS = 5

/** Largest database that is copied to be read; a larger one would fill the disk that temporary files are on. */
const MAX_COPY_BYTES = 1024 * 1024 * 1024

interface Opened {
  readonly connection: Connection
  /**
   * `live`: SQLite sees commits as they come. `still`: the file as it was when it was opened, because no process writes it or
   * because it is a copy.
   */
  readonly kind: 'live' | 'still'
  readonly state: FileState
  readonly copyFolder: string | null
}

/**
 * A database of another program. Nothing is written to it or beside it: without a -wal it is opened as `immutable`, which
 * makes no side files; with a -wal and its -shm as read-only; with a -wal alone, whose -shm would have to be made, both
 * are copied to a folder of our own. `immutable` beside a -wal would show old rows.
 */
export class DatabaseFile {
  readonly path: string
  readonly #what: string
  #opened: Opened | null = null
  #opening: Promise<Opened> | null = null
  #dataVersion = -1
  #version = 0
  #closed = false

  /** `what` begins the sentences about it, such as `The database of agent main`. */
  constructor(path: string, what: string) {
    this.path = path
    this.#what = what
  }

  /** Grows whenever the database may hold something else than before. */
  get version(): number {
    return this.#version
  }

  /** Looks whether there was a commit; true when the version grew. Throws `source_unreadable`. */
  async poll(): Promise<boolean> {
    const before = this.#version
    try {
      const { connection, kind } = await this.#open()
      if (kind === 'live') this.#noteVersion(connection)
    } catch (error) {
      throw databaseProblem(this.#what, error)
    }
    return this.#version !== before
  }

  /** Runs reads that all see the same moment. Throws `source_unreadable`. */
  async read<T>(work: (sql: Sql) => T): Promise<T> {
    try {
      for (let attempt = 1; ; attempt++) {
        const opened = await this.#open()
        const outcome = attemptOf(() => opened.connection.snapshot(work))
        // A file that is read as it stood may have been written meanwhile: neither rows nor an error say anything then.
        const isWhole = opened.kind === 'live' || (await this.#stands(opened))
        if (isWhole || attempt === MAX_ATTEMPTS) return outcome.take()
      }
    } catch (error) {
      throw databaseProblem(this.#what, error)
    }
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => undefined)
    await this.#drop()
  }

  #noteVersion(connection: Connection): void {
    const dataVersion = connection.dataVersion()
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    this.#version += 1
  }

  /** One opening for all who ask at once. */
  #open(): Promise<Opened> {
    this.#opening ??= this.#openNow().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  async #openNow(): Promise<Opened> {
    const state = await fileState(this.path)
    const current = this.#opened
    if (current !== null && isCurrent(current, state)) return current
    await this.#drop()
    if (this.#closed) throw refusedDatabase(`${this.#what} is closed.`, 'closed')
    if (state.kind === 'absent') throw unreadable(this.#what, GONE)
    if (state.kind === 'other')
      throw refusedDatabase(
        `${this.#what} is not a regular file and is not read: put the database itself in its place.`,
        'special',
      )
    await access(this.path, constants.R_OK)
    const opened = await this.#connect(state)
    this.#opened = opened
    this.#dataVersion = opened.connection.dataVersion()
    this.#version += 1
    return opened
  }

  async #connect(state: FileState): Promise<Opened> {
    if (state.walBytes === 0) return this.#connectTo('immutable=1', state)
    if (!state.hasShm) return this.#connectToCopy(state)
    try {
      return await this.#connectTo('mode=ro', state)
    } catch (error) {
      // Reading a -wal takes a lock in its -shm: a folder that is mounted read-only has none to give.
      const copied = await this.#connectToCopy(state).catch(() => null)
      if (copied === null) throw error
      return copied
    }
  }

  async #connectTo(option: 'immutable=1' | 'mode=ro', state: FileState): Promise<Opened> {
    const connection = await Connection.open(databaseUri(this.path, option))
    const kind = option === 'mode=ro' ? 'live' : 'still'
    return checked({ connection, kind, state, copyFolder: null })
  }

  async #connectToCopy(state: FileState): Promise<Opened> {
    if (Number(state.walBytes) > MAX_COPY_BYTES)
      throw refusedDatabase(`${this.#what} has a -wal that is too large to be copied.`, 'too_large')
    const { folder, path } = await copyPlace()
    try {
      await copyFile(this.path, path)
      await copyFile(sideFiles(this.path).wal, sideFiles(path).wal)
      const connection = await Connection.open(databaseUri(path, 'mode=ro'))
      return checked({ connection, kind: 'still', state, copyFolder: folder })
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  async #stands({ state }: Opened): Promise<boolean> {
    return (await fileState(this.path)).tag === state.tag
  }

  async #drop(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    opened?.connection.close()
    if (opened?.copyFolder) await rm(opened.copyFolder, { recursive: true, force: true })
  }
}

/** What is opened is read once: the driver opens anything, and says only then that it is no database. */
function checked(opened: Opened): Opened {
  try {
    opened.connection.first('SELECT count(*) AS tables FROM sqlite_master')
    return opened
  } catch (error) {
    opened.connection.close()
    throw error
  }
}

/** A connection that sees commits stays while its files do; one that does not is made anew with every change. */
function isCurrent({ kind, state }: Opened, now: FileState): boolean {
  if (kind === 'still') return state.tag === now.tag
  return state.identity === now.identity && now.walBytes > 0 && now.hasShm
}

function attemptOf<T>(work: () => T): { take(): T } {
  try {
    const value = work()
    return { take: () => value }
  } catch (error) {
    return {
      take: () => {
        throw error
      },
    }
  }
}
