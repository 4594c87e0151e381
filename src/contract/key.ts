import * as z from 'zod'

/** Longest session key in bytes of UTF-8. Longer ones are refused before anything looks them up. */
export const MAX_KEY_BYTES = 1024

export const SessionKey = z
  .string()
  .min(1)
  .meta({
    id: 'SessionKey',
    description: 'A session key in canonical, lower-case form: `agent:<agentId>:<rest>`.',
    examples: ['agent:main:main'],
  })
export type SessionKey = z.infer<typeof SessionKey>

export const SessionKind = z
  .enum(['chat', 'group', 'cron', 'webhook', 'node', 'subagent', 'claude-code', 'other'])
  .meta({ id: 'SessionKind' })
export type SessionKind = z.infer<typeof SessionKind>

/** What a key says by itself. */
export interface KeyParts {
  /** Agent id, or `null` for the literal keys `global` and `unknown`. */
  readonly agent: string | null
  /** All after `agent:<id>:`. */
  readonly rest: string
  readonly kind: SessionKind
  /** Channel named by the key (`telegram` in `telegram:group:1`), else `null`. */
  readonly channel: string | null
  /** `agent:<id>:cron:<job>` when this is the key of one run of that job, else `null`. */
  readonly cronJobKey: string | null
}

const AGENT_KEY = /^agent:([a-z0-9][a-z0-9_-]{0,63}):(.+)$/s
const PEER = /^([^:]+):(?:[^:]+:)?(group|channel|direct):/
const CRON_RUN = /^(cron:[^:]+):run:[^:]+$/

/** Agent id as OpenClaw writes it in keys and paths: lower case, anything else than `[a-z0-9_-]` becomes `-`. */
export function canonicalAgent(agent: string): string {
  return agent
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .slice(0, 64)
}

/** The one written form of a key (lower case). Source: formats 2026.4 §2. */
export function canonicalKey(key: string): string {
  return key.trim().toLowerCase()
}

/**
 * A key as its store wrote it, made canonical: bare names belong to the store's agent, `global` and `unknown` stay
 * literal.
 */
export function qualifyKey(key: string, agent: string): string {
  const canonical = canonicalKey(key)
  if (canonical === 'global' || canonical === 'unknown' || AGENT_KEY.test(canonical))
    return canonical
  return `agent:${agent}:${canonical}`
}

/** Reads agent, kind and channel off a canonical key; never throws. Source: formats 2026.4 §2 and 2026.5 §1.7. */
export function parseKey(key: string): KeyParts {
  const match = AGENT_KEY.exec(key)
  const agent = match?.[1] ?? null
  const rest = match?.[2] ?? key
  const peer = PEER.exec(rest)
  const run = agent === null ? null : CRON_RUN.exec(rest)
  return {
    agent,
    rest,
    kind: agent === null ? 'other' : kindOf(rest),
    channel: peer?.[1] ?? null,
    cronJobKey: run === null ? null : `agent:${agent}:${run[1]}`,
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
