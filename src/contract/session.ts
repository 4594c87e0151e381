import * as z from 'zod'
import { SessionKey, SessionKind } from './key.js'
import { Message } from './message.js'
import { Position } from './position.js'
import { PreviousTranscript } from './previous.js'
import { amount, flag, pageLimit, wholeNumber, words } from './query.js'

/** Most rows on one page of the list. */
export const MAX_LIST_LIMIT = 1000

/** Where a session's facts come from; a session known to several is shown once, the first of these wins. */
export const Source = z.enum(['gateway', 'local', 'usage']).meta({ id: 'Source' })
export type Source = z.infer<typeof Source>

export const SessionStatus = z
  .enum([
    'running',
    'pausing',
    'paused',
    'stopping',
    'idle',
    'done',
    'failed',
    'killed',
    'timeout',
    'stuck',
    'unknown',
  ])
  .meta({ id: 'SessionStatus' })
export type SessionStatus = z.infer<typeof SessionStatus>

export const CostSource = z.enum(['reported', 'estimated', 'unknown']).meta({ id: 'CostSource' })
export type CostSource = z.infer<typeof CostSource>

/** One place that sessions are read from. `down`: nothing of it can be shown; `degraded`: shown, but not whole or not new. */
export const SourceStatus = z
  .object({
    id: z.string().describe('Store and agent, e.g. `openclaw-files:main`.'),
    source: Source,
    status: z.enum(['ok', 'degraded', 'down']),
    message: z.string().describe('One sentence; no path of the machine.'),
    sessions: z
      .number()
      .int()
      .describe(
        'Sessions that the list shows of this place when nothing is filtered: over all sources they add up to its `totalCount`. Several keys of one session count once, where it is shown.',
      ),
  })
  .meta({ id: 'SourceStatus' })
export type SourceStatus = z.infer<typeof SourceStatus>

const seconds = z.number().int().nullable().describe('Epoch seconds.')
const tokens = z.number().nullable()

/** One row of the list. Unknown values are `null`, never guessed. */
export const Session = z
  .object({
    id: z.string().describe('The sessionId, else `<agent>:<key>`.'),
    key: SessionKey,
    sessionId: z.string().nullable(),
    agent: z.string(),
    kind: SessionKind,
    channel: z.string().nullable(),
    displayName: z.string().nullable(),
    label: z.string().nullable(),
    model: z.string().nullable().describe('`provider/model` when the provider is known.'),
    modelProvider: z.string().nullable(),
    contextTokens: tokens.describe('Tokens in the context now.'),
    contextWindow: tokens.describe('Tokens that fit the context.'),
    contextPct: z.number().int().nullable(),
    contextFresh: z
      .boolean()
      .describe('False right after a compaction, until the next model answer.'),
    tokens: z.string().nullable().describe('For people: `12k/35k (34%)`.'),
    inputTokens: tokens.describe('Cumulative over the transcript and the parts cut from it.'),
    outputTokens: tokens,
    cacheRead: tokens,
    cacheWrite: tokens,
    totalTokens: tokens,
    totalCost: z.number().nullable().describe('Cumulative, USD.'),
    costSource: CostSource,
    age: z.string().nullable().describe('`15m`, `2h`, `3d` since the last activity.'),
    startTime: seconds,
    lastActivity: seconds,
    updatedAt: z.iso.datetime().nullable(),
    status: SessionStatus,
    statusReason: z.string().describe('The evidence, in words.'),
    active: z.boolean(),
    flags: z.array(z.string()),
    source: Source,
    spawnedBy: z.string().nullable(),
    childSessions: z.array(z.string()),
    startedAt: z.iso.datetime().nullable().describe('Start of the last run.'),
    endedAt: z.iso.datetime().nullable(),
    runtimeMs: z.number().nullable().describe('Of the last run, in milliseconds.'),
    userMessages: z.number().int().nullable(),
    assistantMessages: z.number().int().nullable(),
    toolUses: z.number().int().nullable(),
    estimatedCost: z
      .number()
      .nullable()
      .describe('USD, from a price table; only where nothing was reported.'),
    lastUserPrompt: z.string().nullable(),
    workingDir: z.string().nullable(),
    messages: z
      .array(Message)
      .optional()
      .describe(
        'The newest `messageLimit` messages, without tool results; left out when they cannot be read.',
      ),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const SortKey = z
  .enum([
    '-updatedAt',
    'updatedAt',
    '-contextTokens',
    'contextTokens',
    '-totalCost',
    'totalCost',
    '-contextPct',
    'contextPct',
    'key',
    '-key',
  ])
  .meta({ id: 'SortKey' })
export type SortKey = z.infer<typeof SortKey>

export const KindFilter = z.enum([...SessionKind.options, 'main', 'hook'])
export type KindFilter = z.infer<typeof KindFilter>

const text = z.string().max(500)

export const ListQuery = z
  .object({
    agent: words(text).optional().describe('Any of these agent ids.'),
    limit: pageLimit(MAX_LIST_LIMIT).default(50).describe('Rows on a page.'),
    cursor: z.string().max(4096).optional().describe('`nextCursor` of the page before.'),
    kinds: words(KindFilter).optional().describe('Any of these kinds.'),
    channel: words(text).optional().describe('Any of these channels, such as `telegram`.'),
    status: words(SessionStatus).optional().describe('Any of these states.'),
    source: z
      .enum(['auto', 'all', ...Source.options])
      .default('all')
      .describe('`auto`: the first source that has any.'),
    active: flag.optional().describe('Only active sessions, or only others.'),
    activeMinutes: wholeNumber({ max: 5_256_000 })
      .optional()
      .describe('Only sessions with activity in the last so many minutes.'),
    minTokens: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })
      .optional()
      .describe('At least so many tokens in the context now (`contextTokens`).'),
    minTotalTokens: wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })
      .optional()
      .describe('At least so many cumulative tokens (`totalTokens`).'),
    minCost: amount.optional().describe('At least so many USD.'),
    label: text.optional().describe('Exact label.'),
    search: text
      .optional()
      .describe('Part of displayName, label, subject, sessionId or key; case does not count.'),
    spawnedBy: text.optional().describe('Only sub-agents of this session key.'),
    configuredAgentsOnly: flag
      .default(false)
      .describe('Leave out agents that the gateway is not configured with.'),
    sort: SortKey.default('-updatedAt').describe('A leading `-` is descending.'),
    messageLimit: wholeNumber({ min: 0, max: 20 })
      .default(0)
      .describe('Newest messages in each row.'),
  })
  .meta({ id: 'ListQuery' })
export type ListQuery = z.infer<typeof ListQuery>

export const SessionList = z
  .object({
    sessions: z.array(Session),
    count: z.number().int().describe('Rows on this page.'),
    totalCount: z.number().int().describe('Rows that match.'),
    limitApplied: z.number().int(),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable(),
    snapshotAt: z.iso.datetime(),
    eventId: z.string().describe('Where to start the event stream so that nothing is missed.'),
    sources: z.array(SourceStatus),
  })
  .meta({ id: 'SessionList' })
export type SessionList = z.infer<typeof SessionList>

export const Compaction = z
  .object({
    id: z.string().nullable(),
    at: z.iso.datetime().nullable(),
    tokensBefore: z.number().nullable(),
    tokensAfter: z.number().nullable(),
  })
  .meta({ id: 'Compaction' })
export type Compaction = z.infer<typeof Compaction>

export const SessionDetail = z
  .object({
    session: Session,
    children: z.array(Session),
    inheritedCost: z
      .number()
      .nullable()
      .describe(
        'USD that other sessions paid for what this one was forked from; in none of its own sums.',
      ),
    compactions: z.array(Compaction),
    transcript: z.object({
      bytes: z.number().int(),
      messages: z.number().int().describe('Visible entries of the active branch.'),
      position: Position.nullable(),
      brokenLines: z.number().int().describe('Lines that could not be read and were skipped.'),
    }),
    previousTranscripts: z
      .array(PreviousTranscript)
      .describe('Newest first: before a reset, a cut or `/new`, and other threads of the session.'),
  })
  .meta({ id: 'SessionDetail' })
export type SessionDetail = z.infer<typeof SessionDetail>
