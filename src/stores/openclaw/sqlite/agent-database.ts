import { setImmediate as turn } from 'node:timers/promises'
import type { SourceStatus } from '../../../contract/session.js'
import type { LockEvidence, StoredSession } from '../../../contract/store.js'
import { isUnreadable } from '../../../errors.js'
import { Broadcast } from '../../../system/broadcast.js'
import type { Sql } from '../../sqlite/connection.js'
import { DatabaseFile } from '../../sqlite/database-file.js'
import { refusedDatabase } from '../../sqlite/problems.js'
import { type FilePlace, leavesRoot, pathOf } from '../paths.js'
import { same } from '../sessions-json/same.js'
import { isTombstone, nodeDigests, nodeOf, sessionOf, withLock } from './node-row.js'

/** The newest schema that was looked at. Source: formats openclaw-sqlite §1. */
const NEWEST_SCHEMA = 23
/** Nodes read in one snapshot: an entry is some 25 KB of JSON, and others wait meanwhile. */
const BATCH_NODES = 50

export interface NodesMoved {
  readonly upserted: StoredSession[]
  readonly removed: string[]
}

/** The sessions in the database of one agent, as they were when it could last be read. */
export class AgentDatabase {
  readonly agent: string
  readonly file: DatabaseFile
  /** Rings when the database may hold something else. */
  readonly bell = new Broadcast()
  readonly #place: FilePlace
  readonly #root: string
  readonly #sessions = new Map<string, StoredSession>()
  #digests: ReadonlyMap<string, string> = new Map()
  /** Keys that a session in files may not show: those of nodes, tombstones too, and of what was deleted. */
  #claimed: ReadonlySet<string> = new Set()
  #version = -1
  #schema: number | null = null
  #problem: string | null = null
  #gateway: LockEvidence | null = null

  constructor(agent: string, place: FilePlace, root: string) {
    this.agent = agent
    this.#place = place
    this.#root = root
    this.file = new DatabaseFile(pathOf(place), `The SQLite database of agent ${agent}`)
  }

  get claimed(): ReadonlySet<string> {
    return this.#claimed
  }

  get sessions(): Iterable<StoredSession> {
    return this.#sessions.values()
  }

  session(key: string): StoredSession | null {
    return this.#sessions.get(key) ?? null
  }

  get hasRunning(): boolean {
    for (const { status } of this.#sessions.values()) if (status === 'running') return true
    return false
  }

  /** What moved since it was asked before. Never rejects for what cannot be read: that is in `health`. */
  async refresh(gateway: LockEvidence | null): Promise<NodesMoved> {
    const moved: NodesMoved = { upserted: [], removed: [] }
    try {
      await this.#assertInside()
      await this.file.poll()
      const { version } = this.file
      if (version !== this.#version) {
        this.bell.ring()
        await this.#readNodes(moved)
        this.#version = version
      }
      this.#problem = null
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#problem = error.message
    }
    this.#judge(gateway, moved)
    return moved
  }

  /** Its health as a source. */
  get health(): Pick<SourceStatus, 'status' | 'message' | 'sessions'> {
    const sessions = this.#sessions.size
    if (this.#problem !== null)
      return sessions === 0
        ? { status: 'down', message: this.#problem, sessions }
        : { status: 'degraded', message: `${this.#problem} ${LAST_ROWS}`, sessions }
    const read = `${sessions === 1 ? '1 session' : `${sessions} sessions`} read from SQLite.`
    const isNew = this.#schema !== null && this.#schema > NEWEST_SCHEMA
    return isNew
      ? { status: 'degraded', message: `${read} ${laterWords(this.#schema)}`, sessions }
      : { status: 'ok', message: read, sessions }
  }

  async close(): Promise<void> {
    await this.file.close()
  }

  /** A link on the way may lead out of the state directory. */
  async #assertInside(): Promise<void> {
    const isOutside = await leavesRoot(this.#place.dir, this.#root).catch(() => false)
    if (isOutside)
      throw refusedDatabase(
        `The SQLite database of agent ${this.agent} is reached by a symbolic link that leads out of the state directory, and is not read: put the folder itself there.`,
        'link',
      )
  }

  async #readNodes(moved: NodesMoved): Promise<void> {
    const { claimed, digests, schema } = await this.file.read((sql) => {
      const schema = Number(sql.first('PRAGMA user_version')?.user_version)
      if (!sql.columns('session_nodes').has('entry_json')) throw unknownSchema(this.agent, schema)
      const digests = nodeDigests(sql)
      return { schema, digests, claimed: new Set([...digests.keys(), ...deletedKeys(sql)]) }
    })
    this.#schema = schema
    const changed = [...digests].filter(([key, digest]) => this.#digests.get(key) !== digest)
    for (let at = 0; at < changed.length; at += BATCH_NODES) {
      if (at > 0) await turn()
      const keys = changed.slice(at, at + BATCH_NODES).map(([key]) => key)
      const nodes = await this.file.read((sql) => keys.map((key) => nodeOf(sql, key)))
      for (const [index, node] of nodes.entries()) {
        const session = node === null ? null : sessionOf(node, this.agent)
        if (session !== null) this.#put(session, moved)
        else if (node === null || isTombstone(node)) this.#drop(keys[index] as string, moved)
      }
    }
    for (const key of this.#digests.keys()) if (!digests.has(key)) this.#drop(key, moved)
    this.#digests = digests
    this.#claimed = claimed
  }

  #put(session: StoredSession, { upserted }: NodesMoved): void {
    const lively = withLock(session, this.#gateway)
    if (same(this.#sessions.get(session.key), lively)) return
    this.#sessions.set(session.key, lively)
    upserted.push(lively)
  }

  #drop(key: string, { removed }: NodesMoved): void {
    if (this.#sessions.delete(key.toWellFormed())) removed.push(key.toWellFormed())
  }

  /** The gateway may have died, or begun, since its sessions were read. */
  #judge(gateway: LockEvidence | null, moved: NodesMoved): void {
    if (same(gateway, this.#gateway)) return
    this.#gateway = gateway
    for (const session of [...this.#sessions.values()]) {
      if (session.status !== 'running') continue
      const known = moved.upserted.findIndex(({ key }) => key === session.key)
      if (known !== -1) moved.upserted.splice(known, 1)
      const judged = { ...session, lock: gateway }
      this.#sessions.set(session.key, judged)
      moved.upserted.push(judged)
    }
  }
}

const LAST_ROWS = 'The rows it had last are shown.'

function laterWords(schema: number | null): string {
  return `It is of a later OpenClaw (schema ${schema}) than this version of openclaw-sessions knows (schema ${NEWEST_SCHEMA}): what is known of it is read, so look for an update.`
}

function unknownSchema(agent: string, schema: number) {
  return refusedDatabase(
    `The SQLite database of agent ${agent} (schema ${schema}) keeps its sessions in no form that this version of openclaw-sessions reads (schemas 19 to ${NEWEST_SCHEMA}): look for an update, or ask the gateway itself.`,
    'schema',
  )
}

function deletedKeys(sql: Sql): string[] {
  if (sql.columns('session_transcript_archives').size === 0) return []
  const rows = sql.all(
    "SELECT DISTINCT session_key FROM session_transcript_archives WHERE reason = 'deleted'",
  )
  return rows.map(({ session_key }) => String(session_key))
}
