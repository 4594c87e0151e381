import type { Position } from '../../../contract/position.js'
import type { Compaction } from '../../../contract/session.js'
import type { TranscriptTotals } from '../../../contract/transcript.js'
import { cutText } from '../../../system/well-formed.js'
import { isText } from './control-reply.js'
import { type Fields, isFields, numberOf, textOf } from './fields.js'
import type { Line } from './line.js'
import { estimateCost, type PriceTable } from './prices.js'
import type { LineUsage } from './usage.js'

/** Longest text kept for a row, in UTF-16 units. */
const MAX_ROW_TEXT = 500

/** Cumulative spending, summed in file order so that every reader gets the same floating point number. */
export interface Sums {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  total: number
  /** USD that lines reported, and that a price table gave. */
  reported: number
  estimated: number
  /** Calls by where their cost is from. */
  reportedCalls: number
  estimatedCalls: number
  unpricedCalls: number
}

/** What a transcript's lines add up to, whatever branch they are on: plain data, so that it can be saved. */
export interface FileFacts {
  sums: Sums
  /** Of lines that another session paid for. */
  inherited: Sums
  /** What the first line that was paid for is known by, in any transcript that has it. */
  firstPaid: number | null
  userMessages: number
  assistantMessages: number
  toolUses: number
  firstUserText: string | null
  lastUserText: string | null
  provider: string | null
  model: string | null
  workingDir: string | null
  startedAtMs: number | null
  lastEntryAtMs: number | null
  compactions: Compaction[]
}

/** Facts of the active branch that a row shows. */
export interface BranchFacts {
  readonly contextTokens: number | null
  readonly lastStopReason: string | null
}

export function emptySums(): Sums {
  return {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    total: 0,
    reported: 0,
    estimated: 0,
    reportedCalls: 0,
    estimatedCalls: 0,
    unpricedCalls: 0,
  }
}

export function emptyFacts(): FileFacts {
  return {
    sums: emptySums(),
    inherited: emptySums(),
    firstPaid: null,
    userMessages: 0,
    assistantMessages: 0,
    toolUses: 0,
    firstUserText: null,
    lastUserText: null,
    provider: null,
    model: null,
    workingDir: null,
    startedAtMs: null,
    lastEntryAtMs: null,
    compactions: [],
  }
}

/** Adds one model call. Callers see to it that each entry is added once. Source: formats 2026.4 §11. */
export function addUsage(sums: Sums, usage: LineUsage, prices: PriceTable): void {
  sums.input += usage.input
  sums.output += usage.output
  sums.cacheRead += usage.cacheRead
  sums.cacheWrite += usage.cacheWrite
  sums.total += usage.total
  if (usage.cost > 0) {
    sums.reported += usage.cost
    sums.reportedCalls += 1
    return
  }
  const estimated = estimateCost(usage, prices)
  if (estimated === null) sums.unpricedCalls += 1
  else {
    sums.estimated += estimated
    sums.estimatedCalls += 1
  }
}

export function addSums(sums: Sums, more: Sums): void {
  for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += more[name]
}

/** Adds all but the usage of one line, which is counted by entry id and not by line. */
export function addLine(facts: FileFacts, line: Line): void {
  if (line.type === 'session') {
    facts.startedAtMs ??= line.timestampMs
    facts.workingDir = textOf(line.fields.cwd) ?? facts.workingDir
  }
  if (line.timestampMs !== null)
    facts.lastEntryAtMs = Math.max(facts.lastEntryAtMs ?? 0, line.timestampMs)
  if (line.type === 'model_change') {
    facts.provider = textOf(line.fields.provider) ?? facts.provider
    facts.model = textOf(line.fields.modelId) ?? facts.model
  }
  if (line.visible === 'compaction') facts.compactions.push(compactionOf(line))
  if (line.visible === 'message') addMessage(facts, line)
}

function addMessage(facts: FileFacts, line: Line): void {
  const message = line.fields.message as Fields
  if (line.role === 'user') {
    facts.userMessages += 1
    const text = firstText(message.content)
    facts.firstUserText ??= text
    facts.lastUserText = text ?? facts.lastUserText
  }
  if (line.role === 'assistant') {
    facts.assistantMessages += 1
    facts.toolUses += countToolCalls(message.content)
    if (line.usage !== null) {
      facts.provider = line.usage.provider ?? facts.provider
      facts.model = line.usage.model ?? facts.model
    }
  }
}

function compactionOf(line: Line): Compaction {
  return {
    id: line.id,
    at: line.timestampMs === null ? null : new Date(line.timestampMs).toISOString(),
    tokensBefore: numberOf(line.fields.tokensBefore),
    tokensAfter: numberOf(line.fields.tokensAfter),
  }
}

function firstText(content: unknown): string | null {
  const text =
    typeof content === 'string'
      ? content
      : Array.isArray(content)
        ? content.find(isText)?.text
        : undefined
  return text === undefined || text === '' ? null : cutText(text, MAX_ROW_TEXT)
}

function countToolCalls(content: unknown): number {
  return Array.isArray(content)
    ? content.filter((block) => isFields(block) && block.type === 'toolCall').length
    : 0
}

/** Puts together what a row shows. Nothing was paid where no call was made; a part without a known price is `unknown`. */
export function totalsOf(
  facts: FileFacts,
  { inherited, sums }: Pick<FileFacts, 'inherited' | 'sums'>,
  branch: BranchFacts & { readonly end: Position },
): TranscriptTotals {
  const { firstPaid: _first, inherited: _others, sums: _own, ...shown } = facts
  return {
    ...shown,
    ...branch,
    inputTokens: sums.input,
    outputTokens: sums.output,
    cacheRead: sums.cacheRead,
    cacheWrite: sums.cacheWrite,
    totalTokens: sums.total,
    cost: costOf(sums),
    inheritedCost: costOf(inherited),
    costSource:
      sums.unpricedCalls > 0 ? 'unknown' : sums.estimatedCalls > 0 ? 'estimated' : 'reported',
  }
}

/** USD; `null` where something was called and no price of it is known. */
function costOf({ estimated, estimatedCalls, reported, reportedCalls, unpricedCalls }: Sums) {
  const priced = reportedCalls + estimatedCalls
  return priced === 0 && unpricedCalls > 0 ? null : reported + estimated
}
