import * as z from 'zod'

/** Longest session key in bytes of UTF-8. Longer ones are refused before anything looks them up. */
export const MAX_KEY_BYTES = 1024

export const SessionKey = z
  .string()
  .min(1)
  .meta({
    id: 'SessionKey',
    description:
      'A session key, `agent:<agentId>:<rest>`, spelled as its store spells it: keys that differ in case only are different sessions.',
    examples: ['agent:main:main'],
  })
export type SessionKey = z.infer<typeof SessionKey>

export const SessionKind = z
  .enum(['chat', 'group', 'cron', 'webhook', 'node', 'subagent', 'claude-code', 'other'])
  .meta({ id: 'SessionKind' })
export type SessionKind = z.infer<typeof SessionKind>

/** What a key says by itself. */
export interface KeyParts {
  /** Agent id in lower case, or `null` for the literal keys `global` and `unknown`. */
  readonly agent: string | null
  /** All after `agent:<id>:`, in lower case: what OpenClaw gives a meaning to ignores case. */
  readonly rest: string
  readonly kind: SessionKind
  /** Channel named by the key (`telegram` in `telegram:group:1`), else `null`. */
  readonly channel: string | null
  /** `agent:<id>:cron:<job>` when this is the key of one run of that job, else `null`. */
  readonly cronJobKey: string | null
}

const AGENT_KEY = /^agent:([a-z0-9][a-z0-9_-]{0,63}):(.+)$/is
const PEER = /^([^:]+):(?:[^:]+:)?(group|channel|direct):/
const CRON_RUN = /^(agent:[^:]+:cron:[^:]+):run:[^:]+$/i
const LITERAL = /^(?:global|unknown)$/i

/** Agent id as OpenClaw writes it in keys and paths: lower case, anything else than `[a-z0-9_-]` becomes `-`. */
export function canonicalAgent(agent: string): string {
  return agent
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .slice(0, 64)
}

/** The same text for all keys that differ in case only; to compare by, never to store or to show. */
export function foldKey(key: string): string {
  return key.trim().toLowerCase()
}

/** True for the literal buckets `global` and `unknown`, which belong to no conversation. */
export function isLiteralKey(key: string): boolean {
  return LITERAL.test(key)
}

/**
 * A key as its store wrote it, made canonical: a bare name belongs to the store's agent, a literal key stays. The case
 * stays too: some channels have names that differ in nothing else (Matrix rooms).
 */
export function qualifyKey(key: string, agent: string): string {
  const written = key.trim()
  return isLiteralKey(written) || AGENT_KEY.test(written) ? written : `agent:${agent}:${written}`
}

/** Reads agent, kind and channel off a canonical key; never throws. Source: formats 2026.4 §2 and 2026.5 §1.7. */
export function parseKey(key: string): KeyParts {
  const match = AGENT_KEY.exec(key)
  const agent = match?.[1]?.toLowerCase() ?? null
  const rest = (match?.[2] ?? key).toLowerCase()
  const peer = PEER.exec(rest)
  return {
    agent,
    rest,
    kind: agent === null ? 'other' : kindOf(rest),
    channel: peer?.[1] ?? null,
    cronJobKey: CRON_RUN.exec(key)?.[1] ?? null,
  }
}

function kindOf(rest: string): SessionKind {
  if (rest.startsWith('subagent:') || rest.includes(':subagent:')) return 'subagent'
  if (rest.startsWith('cron:')) return 'cron'
  if (rest.startsWith('hook:')) return 'webhook'
  if (/^node[-:]/.test(rest)) return 'node'
  if (/(^|:)(group|channel):/.test(rest)) return 'group'
  if (rest.startsWith('acp:')) return 'other'
  return 'chat'
}
