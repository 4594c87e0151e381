import { renameSync, rmSync } from 'node:fs'
import type { RunHandle } from '../run-registry/index.js'
import { ContextMeter } from './context-meter.js'
import {
  compactionLine,
  modelChange,
  modelSnapshot,
  type Prompt,
  thinkingLevel,
} from './messages.js'
import type { Model } from './models.js'
import type { Random } from './random.js'
import type { Work } from './scripts/script.js'
import type { StateFolder } from './state-folder.js'
import type { StoreEntry } from './store-file.js'
import { type LineFields, TranscriptFile } from './transcript-file.js'

/** Prompts that a summary names. */
const REMEMBERED_PROMPTS = 4
const LONGEST_REMEMBERED = 90
/** Checkpoints that an entry keeps. Source: formats 2026.4 §3. */
const MAX_CHECKPOINTS = 25
/** Turns that wait for a session; without a bound, a paused cron job collects them for ever. */
const MAX_WAITING = 8

/** What stays the same of a session. */
export interface SessionCard {
  readonly key: string
  readonly agent: string
  readonly model: Model
  /** Fields of its store entry: channel, origin, label, lineage. */
  readonly facts: Readonly<StoreEntry>
  /** Thread of a group, part of the transcript's name. */
  readonly topic?: string
  /** Each run begins a transcript of its own and has a key of its own beside the job's. */
  readonly cron?: boolean
  /** Of a sub-agent: what is said where when its work is done. */
  readonly announces?: { readonly to: string; readonly text: string }
  /** A channel whose deliveries the gateway writes down a second time. */
  readonly mirrorsDelivery?: boolean
}

/** A turn that somebody wants of a session. */
export interface Job {
  readonly prompt: Prompt | null
  readonly work: Work
}

/** A session of the demo while it lives: its place in the store, its transcript, and the turns that wait for it. */
export class DemoSession {
  readonly key: string
  readonly agent: string
  readonly model: Model
  readonly facts: Readonly<StoreEntry>
  readonly mirrorsDelivery: boolean
  readonly random: Random
  readonly waiting: Job[] = []
  run: RunHandle | null = null
  turns = 0
  /** Nobody starts a turn here before this time. */
  restUntilMs = 0
  compactionCount = 0
  checkpoints: StoreEntry[] = []
  readonly #card: SessionCard
  readonly #folder: StateFolder
  readonly #prompts: string[] = []
  #sessionId = ''
  #startedAtMs = 0
  #meter: ContextMeter
  #transcript: TranscriptFile
  #archive: string | null = null

  constructor(card: SessionCard, folder: StateFolder, random: Random, nowMs: number) {
    this.key = card.key
    this.agent = card.agent
    this.model = card.model
    this.facts = card.facts
    this.mirrorsDelivery = card.mirrorsDelivery ?? false
    this.random = random
    this.#card = card
    this.#folder = folder
    this.#meter = this.#freshMeter()
    this.#transcript = this.#open(nowMs)
  }

  get sessionId(): string {
    return this.#sessionId
  }

  get announces(): NonNullable<SessionCard['announces']> | null {
    return this.#card.announces ?? null
  }

  get isCron(): boolean {
    return this.#card.cron ?? false
  }

  /** Keys of the store under which the session stands now. Source: formats 2026.4 §2. */
  get storeKeys(): string[] {
    return this.isCron ? [this.key, `${this.key}:run:${this.sessionId}`] : [this.key]
  }

  get startedAtMs(): number {
    return this.#startedAtMs
  }

  get file(): string {
    return this.#transcript.path
  }

  get bytes(): number {
    return this.#transcript.bytes
  }

  get meter(): ContextMeter {
    return this.#meter
  }

  get leaf(): string | null {
    return this.#transcript.leaf
  }

  get cwd(): string {
    return this.#folder.workspace(this.agent)
  }

  append(line: LineFields, nowMs: number, parent?: string | null): string {
    return this.#transcript.append(line, nowMs, parent)
  }

  /** Appends what the model will read as input. */
  hear(line: LineFields, text: string, nowMs: number): void {
    this.append(line, nowMs)
    this.#meter.add(text)
    if (line.type === 'message' && isUser(line)) this.#remember(text)
  }

  enqueue(job: Job): void {
    this.waiting.push(job)
    if (this.waiting.length > MAX_WAITING) this.waiting.shift()
  }

  compactIfFull(nowMs: number, random: Random): void {
    if (!this.#meter.isFull(this.model)) return
    const summary = this.#summary()
    const tokensBefore = this.#meter.tokens
    const leafBefore = this.leaf
    const firstKeptEntryId = leafBefore ?? ''
    const id = this.append(compactionLine({ summary, firstKeptEntryId, tokensBefore }), nowMs)
    this.#meter.compact(summary)
    this.compactionCount++
    this.checkpoints.push({
      checkpointId: random.uuid(),
      sessionKey: this.key,
      sessionId: this.sessionId,
      createdAt: nowMs,
      reason: 'threshold',
      tokensBefore,
      tokensAfter: this.#meter.tokens,
      summary,
      firstKeptEntryId,
      preCompaction: { sessionId: this.sessionId, leafId: leafBefore },
      postCompaction: {
        sessionId: this.sessionId,
        sessionFile: this.file,
        leafId: id,
        entryId: id,
      },
    })
    if (this.checkpoints.length > MAX_CHECKPOINTS) this.checkpoints.shift()
  }

  /** Begins anew with another transcript; the old one is archived as a reset, of which only the newest is kept. */
  reset(nowMs: number): void {
    const archive = this.#folder.resetArchive(this.file, nowMs)
    renameSync(this.file, archive)
    if (this.#archive !== null) rmSync(this.#archive, { force: true })
    this.#archive = archive
    this.renew(nowMs)
  }

  /** Begins anew and leaves the old transcript where it is, as each run of a cron job does. */
  renew(nowMs: number): void {
    this.compactionCount = 0
    this.checkpoints = []
    this.#prompts.length = 0
    this.#meter = this.#freshMeter()
    this.#transcript = this.#open(nowMs)
  }

  #freshMeter(): ContextMeter {
    return new ContextMeter(this.random.int(7_000, 12_000))
  }

  #open(nowMs: number): TranscriptFile {
    this.#sessionId = this.random.uuid()
    this.#startedAtMs = nowMs
    const path = this.#folder.transcript(this.agent, this.#sessionId, this.#card.topic ?? null)
    const header = { sessionId: this.#sessionId, cwd: this.cwd, nowMs }
    const transcript = new TranscriptFile(path, header, this.random)
    transcript.append(modelChange(this.model), nowMs)
    transcript.append(thinkingLevel('low'), nowMs)
    transcript.append(modelSnapshot(this.model, nowMs), nowMs)
    return transcript
  }

  #remember(text: string): void {
    this.#prompts.push(firstLine(text))
    if (this.#prompts.length > REMEMBERED_PROMPTS) this.#prompts.shift()
  }

  #summary(): string {
    const asked = this.#prompts.map((prompt) => `- ${prompt}`).join('\n')
    return `## Asked so far\n${asked}\n\n## State\nThe last request is being worked on; earlier ones are answered. Files and numbers named above are in the workspace.`
  }
}

function isUser(line: LineFields): boolean {
  return (line.message as { role?: unknown } | undefined)?.role === 'user'
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length > LONGEST_REMEMBERED ? `${line.slice(0, LONGEST_REMEMBERED)}…` : line
}
