import { crc32 } from 'node:zlib'
import { Random } from './random.js'

/** Times of made-up entries lie in the three weeks before this one. */
export const STORE_NOW_MS = Date.UTC(2026, 10, 20, 8)
const THREE_WEEKS_MS = 21 * 24 * 3600 * 1000

/** An entry of `sessions.json`, with what a reader needs of it. */
export interface StoreEntry {
  readonly key: string
  readonly sessionId: string
  /** `"<key>": {...}` as it stands in the file. */
  readonly text: string
}

const SKILLS = ['github', 'notion', 'weather', 'himalaya', 'slack', 'tmux', 'obsidian', 'canvas']

/**
 * An entry as a gateway of 2026.5 writes it, some 1.3 KB with its skills snapshot and context budget: keys of all
 * kinds, most of them done, a few failed. `touchedMs` makes it the newest.
 */
export function storeEntry(agent: string, index: number, touchedMs?: number): StoreEntry {
  const random = new Random(crc32(`${agent}/${index}`))
  const sessionId = random.uuid()
  const key = `agent:${agent}:${keyRest(random, index)}`
  const endedAt = touchedMs ?? STORE_NOW_MS - random.whole(0, THREE_WEEKS_MS)
  const runtimeMs = random.whole(200, 90_000)
  const [input, output, cacheRead] = [
    random.whole(900, 30_000),
    random.whole(20, 2000),
    random.whole(0, 90_000),
  ]
  const [channel, chatType] = key.includes(':group:')
    ? ['telegram', 'group']
    : ['webchat', 'direct']
  const entry = {
    sessionId,
    updatedAt: endedAt,
    sessionStartedAt: endedAt - runtimeMs - 60_000,
    lastInteractionAt: endedAt - runtimeMs,
    systemSent: true,
    abortedLastRun: false,
    status: random.chance(0.04) ? 'failed' : 'done',
    startedAt: endedAt - runtimeMs,
    endedAt,
    runtimeMs,
    chatType,
    channel,
    deliveryContext: { channel },
    lastChannel: channel,
    origin: { provider: channel, surface: channel, chatType },
    label: random.chance(0.3) ? `Work ${index}` : undefined,
    modelProvider: 'anthropic',
    model: random.pick(['claude-sonnet-4-6', 'claude-haiku-4-5']),
    contextTokens: 200_000,
    inputTokens: input,
    outputTokens: output,
    cacheRead,
    cacheWrite: 0,
    totalTokens: input + cacheRead,
    totalTokensFresh: true,
    estimatedCostUsd: (input * 3 + output * 15 + cacheRead * 0.3) / 1e6,
    thinkingLevel: 'low',
    skillsSnapshot: skillsSnapshot(random),
  }
  return { key, sessionId, text: `"${key}": ${JSON.stringify(entry)}` }
}

function keyRest(random: Random, index: number): string {
  if (index === 0) return 'main'
  const id = random.whole(100_000, 999_999)
  return random.pick([
    `telegram:group:-100${id}${index}`,
    `telegram:direct:${id}${index}`,
    `dashboard:${random.uuid()}`,
    `subagent:${random.uuid()}`,
    `cron:${random.uuid()}`,
    `slack:channel:c${id}${index}`,
  ])
}

function skillsSnapshot(random: Random) {
  return {
    skills: SKILLS.map((name) => ({ name, primaryEnv: `${name.toUpperCase()}_TOKEN` })),
    version: 3,
    promptRef: { version: 1, algorithm: 'sha256', hash: random.hex(64), bytes: 9612 },
  }
}
