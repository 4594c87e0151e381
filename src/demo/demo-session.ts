import { renameSync, rmSync } from 'node:fs'
import type { RunHandle } from '../runtimes/in-process/index.js'
import { cutText } from '../system/well-formed.js'
import { compactionLine, modelChange, modelSnapshot, thinkingLevel } from './messages.js'
import { type DemoUsage, demoUsageOf, type Model, tokensOf } from './models.js'
import type { Random } from './random.js'
import type { Job, SessionCard } from './session-card.js'
import type { StateFolder } from './state-folder.js'
import type { StoreEntry } from './store-file.js'
import { DemoTranscript, type LineFields } from './transcript-file.js'

/** Checkpoints that an entry keeps. Source: formats 2026.4 §3. */
const MAX_CHECKPOINTS = 25
/** Turns that wait for a session; without a bound, a paused cron job collects them for ever. */
const MAX_WAITING = 8

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
  readonly #card: SessionCard
  readonly #folder: StateFolder
  #recollection = new Recollection()
  #compactions = 0
  #checkpoints: StoreEntry[] = []
  #sessionId = ''
  #startedAtMs = 0
  #meter: ContextMeter
  #transcript: DemoTranscript
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

  get compactionCount(): number {
    return this.#compactions
  }

  /** Of the newest compactions. Source: formats 2026.4 §8. */
  get checkpoints(): readonly StoreEntry[] {
    return this.#checkpoints.slice(-MAX_CHECKPOINTS)
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
    if (isPrompt(line)) this.#recollection.hear(text)
  }

  enqueue(job: Job): void {
    this.waiting.push(job)
    if (this.waiting.length > MAX_WAITING) this.waiting.shift()
  }

  compactIfFull(nowMs: number, random: Random): void {
    if (!this.#meter.isFull(this.model)) return
    const tokensBefore = this.#meter.tokens
    const leafBefore = this.leaf
    const facts = {
      summary: this.#recollection.summary(),
      firstKeptEntryId: leafBefore ?? '',
      tokensBefore,
    }
    const entryId = this.append(compactionLine(facts), nowMs)
    this.#meter.compact(facts.summary)
    const { file, key, sessionId } = this
    this.#checkpoints.push({
      checkpointId: random.uuid(),
      sessionKey: key,
      sessionId,
      createdAt: nowMs,
      reason: 'threshold',
      ...facts,
      tokensAfter: this.#meter.tokens,
      preCompaction: { sessionId, leafId: leafBefore },
      postCompaction: { sessionId, sessionFile: file, leafId: entryId, entryId },
    })
    this.#compactions++
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
    this.#compactions = 0
    this.#checkpoints = []
    this.#recollection = new Recollection()
    this.#meter = this.#freshMeter()
    this.#transcript = this.#open(nowMs)
  }

  #freshMeter(): ContextMeter {
    return new ContextMeter(this.random.int(7_000, 12_000))
  }

  #open(nowMs: number): DemoTranscript {
    this.#sessionId = this.random.uuid()
    this.#startedAtMs = nowMs
    const path = this.#folder.transcript(this.agent, this.#sessionId, this.#card.topic ?? null)
    const header = { sessionId: this.#sessionId, cwd: this.cwd, nowMs }
    const transcript = new DemoTranscript(path, header, this.random)
    transcript.append(modelChange(this.model), nowMs)
    transcript.append(thinkingLevel('low'), nowMs)
    transcript.append(modelSnapshot(this.model, nowMs), nowMs)
    return transcript
  }
}

function isPrompt(line: LineFields): boolean {
  return (line.message as { role?: unknown } | undefined)?.role === 'user'
}

/** Share of the window at which the gateway compacts. */
const COMPACT_AT = 0.85
/** Tokens of conversation that stay readable after a compaction. */
const KEPT_TOKENS = 2_000

/** Counts what stands in the model's context: the system prompt, and all lines since the last compaction. */
class ContextMeter {
  readonly #systemTokens: number
  #tokens: number
  /** How much of it the model has seen in an earlier call. */
  #known = 0

  constructor(systemTokens: number) {
    this.#systemTokens = systemTokens
    this.#tokens = systemTokens
  }

  get tokens(): number {
    return this.#tokens
  }

  add(text: string): void {
    this.#tokens += tokensOf(text)
  }

  /** Usage of a call that answers with this text, which then stands in the context too. */
  answer(model: Model, text: string, random: Random): DemoUsage {
    const output = tokensOf(text) + random.int(4, 40)
    const usage = demoUsageOf(model, { context: this.#tokens, known: this.#known, output }, random)
    this.#known = this.#tokens
    this.#tokens += output
    return usage
  }

  isFull(model: Model): boolean {
    return this.#tokens > model.contextWindow * COMPACT_AT
  }

  compact(summary: string): void {
    this.#tokens = this.#systemTokens + tokensOf(summary) + KEPT_TOKENS
    this.#known = 0
  }
}

/** Prompts that a summary names. */
const REMEMBERED_PROMPTS = 4
const LONGEST_REMEMBERED = 90

/** What a session would say of itself when its context is compacted. */
class Recollection {
  readonly #prompts: string[] = []

  hear(prompt: string): void {
    this.#prompts.push(firstLine(prompt))
    if (this.#prompts.length > REMEMBERED_PROMPTS) this.#prompts.shift()
  }

  summary(): string {
    const asked = this.#prompts.map((prompt) => `- ${prompt}`).join('\n')
    return `## Asked so far\n${asked}\n\n## State\nThe last request is being worked on; earlier ones are answered. Files and numbers named above are in the workspace.`
  }
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length > LONGEST_REMEMBERED ? `${cutText(line, LONGEST_REMEMBERED)}…` : line
}
