import { appendFileSync } from 'node:fs'
import type { Random } from './random.js'

/** All of a line but what the file itself gives it. */
export interface LineFields {
  type: string
  [field: string]: unknown
}

interface Header {
  sessionId: string
  cwd: string
  nowMs: number
}

/** Source: formats 2026.4 §4. */
const TRANSCRIPT_VERSION = 3
/** Odd, so that stepping by it visits every 32-bit number once: an id never comes twice in a file. */
const ID_STEP = 0x9e3779b1

/** A transcript that is appended to, one whole line at a time, each line the child of the one before. */
export class DemoTranscript {
  readonly path: string
  #leaf: string | null = null
  #bytes = 0
  #nextId: number

  constructor(path: string, header: Header, random: Random) {
    this.path = path
    this.#nextId = random.int(0, 2 ** 32 - 1)
    this.#write({
      type: 'session',
      version: TRANSCRIPT_VERSION,
      id: header.sessionId,
      timestamp: new Date(header.nowMs).toISOString(),
      cwd: header.cwd,
    })
  }

  /** Id of the line that the next one follows. */
  get leaf(): string | null {
    return this.#leaf
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Returns the line's id. `parent` starts a side branch. */
  append(fields: LineFields, nowMs: number, parent: string | null = this.#leaf): string {
    const { type, ...rest } = fields
    const id = this.#id()
    const timestamp = new Date(nowMs).toISOString()
    this.#write({ type, id, parentId: parent, timestamp, ...rest })
    this.#leaf = id
    return id
  }

  #id(): string {
    this.#nextId = (this.#nextId + ID_STEP) >>> 0
    return this.#nextId.toString(16).padStart(8, '0')
  }

  #write(line: Record<string, unknown>): void {
    const text = `${JSON.stringify(line)}\n`
    // One write call: a reader sees the line whole, or its beginning without the newline.
    appendFileSync(this.path, text, { mode: 0o600 })
    this.#bytes += Buffer.byteLength(text)
  }
}
