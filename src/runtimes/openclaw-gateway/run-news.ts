import * as z from 'zod'
import type { RunOutcome } from '../../contract/runtime.js'
import type { GatewayEvent } from './frame.js'

/** What one event says of one run. */
export interface RunNews {
  readonly sessionKey: string
  readonly runId: string
  readonly kind: 'began' | 'lives' | 'ended'
  /** Of an ended one. */
  readonly outcome: RunOutcome
  readonly atMs: number
  readonly spawnedBy: string | null
  /** A tool call that began or ended. */
  readonly tool: { readonly id: string; readonly over: boolean } | null
}

const text = z.string().min(1)

const Payload = z.object({
  sessionKey: text.trim(),
  runId: text,
  phase: text.optional().catch(undefined),
  state: text.optional().catch(undefined),
  stream: text.optional().catch(undefined),
  ts: z.number().optional().catch(undefined),
  spawnedBy: text.trim().optional().catch(undefined),
  data: z
    .object({
      phase: text.optional().catch(undefined),
      toolCallId: text.optional().catch(undefined),
      startedAt: z.number().optional().catch(undefined),
      aborted: z.boolean().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})
type Payload = z.infer<typeof Payload>

/** `null`: the event says nothing of a run. */
export function newsOf({ event, payload }: GatewayEvent): RunNews | null {
  const told = KIND[event]
  if (told === undefined) return null
  const parsed = Payload.safeParse(payload)
  if (!parsed.success) return null
  const { data, runId, sessionKey, spawnedBy = null, ts } = parsed.data
  const kind = told(parsed.data)
  if (kind === null) return null
  const atMs = (kind === 'began' ? data?.startedAt : undefined) ?? ts ?? Date.now()
  return {
    sessionKey,
    runId,
    kind,
    outcome: outcomeOf(parsed.data),
    atMs,
    spawnedBy,
    tool: toolOf(parsed.data),
  }
}

type Kind = RunNews['kind'] | null

/** Events that every scoped client gets, and those of a subscriber. Source: formats 2026.4 §8, 2026.9 §2. */
const KIND: Readonly<Record<string, (payload: Payload) => Kind>> = {
  agent: ({ data, stream }) => (stream === 'lifecycle' ? ofPhase(data?.phase) : 'lives'),
  chat: ({ state }) =>
    state === 'final' || state === 'aborted' || state === 'error' ? 'ended' : 'lives',
  'session.tool': () => 'lives',
  'sessions.changed': ({ phase }) => (phase === undefined ? null : ofPhase(phase)),
}

function ofPhase(phase: string | undefined): Kind {
  if (phase === 'start') return 'began'
  if (phase === 'end' || phase === 'error') return 'ended'
  // A message may be told after the end of its run.
  return phase === 'message' ? null : 'lives'
}

function outcomeOf({ data, phase, state }: Payload): RunOutcome {
  if (state === 'aborted' || data?.aborted === true) return 'killed'
  return state === 'error' || (data?.phase ?? phase) === 'error' ? 'failed' : 'done'
}

function toolOf({ data, stream }: Payload): RunNews['tool'] {
  const { phase, toolCallId: id } = data ?? {}
  if (id === undefined || (stream !== 'tool' && stream !== 'item')) return null
  return { id, over: phase === 'result' || phase === 'end' }
}
