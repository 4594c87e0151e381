import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import {
  createTokenService,
  issueToken,
  type NewToken,
  type TokenService,
} from '../../src/auth/index.js'
import type { SessionManager } from '../../src/contract/manager.js'
import type { ObservedManager } from '../../src/contract/metrics.js'
import type { Store } from '../../src/contract/store.js'
import { createSessionManager, type ManagerSettings } from '../../src/core/index.js'
import { type SessionsApiOptions, sessionsApi } from '../../src/plugin.js'
import { createRunRegistry, type RunRegistry } from '../../src/runtimes/in-process/index.js'
import { type DataDirectory, openDataDirectory } from '../../src/state/index.js'
import { type MemoryStore, memoryStore } from '../../src/stores/memory/memory-store.js'

export const MAIN = 'agent:main:main'
export const WORK = 'agent:work:main'

const START_MS = Date.UTC(2026, 10, 21, 5)

/** A transcript line, as the gateway writes it: `m3` follows `m2`. */
export function line(
  seq: number,
  text: string,
  role = seq % 2 === 0 ? 'assistant' : 'user',
): string {
  const message = { role, content: [{ type: 'text', text }], timestamp: START_MS + seq }
  const parentId = seq === 1 ? null : `m${seq - 1}`
  const timestamp = new Date(START_MS + seq).toISOString()
  return `${JSON.stringify({ type: 'message', id: `m${seq}`, parentId, timestamp, message })}\n`
}

export function transcript(sessionId: string, texts: readonly string[]): string {
  const timestamp = new Date(START_MS).toISOString()
  const header = { type: 'session', version: 3, id: sessionId, timestamp, cwd: '/home/u' }
  return `${JSON.stringify(header)}\n${texts.map((text, at) => line(at + 1, text)).join('')}`
}

/** Everything real but the sessions, which are in memory: two agents with one session each, and a run registry. */
export interface Service {
  readonly app: FastifyInstance
  readonly url: string
  readonly store: MemoryStore
  readonly runs: RunRegistry
  readonly manager: SessionManager & ObservedManager
  readonly auth: TokenService
  readonly data: DataDirectory
  /** The tokens asked for, by name; `admin`, `writer` and `reader` are always there. */
  readonly tokens: Readonly<Record<string, string>>
  /** `Authorization` of one of them. */
  as(name: string): { authorization: string }
}

const SCOPES: readonly NewToken[] = [
  { name: 'admin', scopes: ['operator.admin'] },
  { name: 'writer', scopes: ['operator.write'] },
  { name: 'reader', scopes: ['operator.read'] },
]

export interface ServiceSettings extends Partial<Omit<SessionsApiOptions, 'manager' | 'auth'>> {
  readonly tokens?: readonly NewToken[]
  readonly managerSettings?: Partial<ManagerSettings>
  readonly prefix?: string
  /** A port that was in use before, to come back at. Default: any. */
  readonly port?: number
  readonly trustProxy?: boolean
  /** Of the manager, epoch ms. Default: the real one. */
  readonly clock?: () => number
  /** Sessions of a service that was there before. */
  readonly store?: MemoryStore
  /** Read beside the sessions in memory. */
  readonly others?: readonly Store[]
  readonly directory?: string
  /** Default: in the directory. */
  readonly tokensFile?: string
  /** Token texts of a service that was there before. */
  readonly known?: Readonly<Record<string, string>>
}

export async function startService(t: Test, settings: ServiceSettings = {}): Promise<Service> {
  const {
    tokens: wanted = [],
    managerSettings = {},
    prefix = '',
    port = 0,
    directory,
    tokensFile,
    known,
    clock = Date.now,
    ...rest
  } = settings
  const { trustProxy = false, store = filledStore(), others = [], ...options } = rest
  const data = await openDataDirectory(directory ?? t.testdir(), { tokensFile })
  const tokens = known ?? (await addTokens(data, [...SCOPES, ...wanted]))
  const auth = await createTokenService(data)
  const runs = createRunRegistry()
  const audit = await data.audit()
  const idempotency = await data.idempotency()
  const manager = createSessionManager({
    stores: [store, ...others],
    runtime: runs,
    version: '0.0.0',
    audit,
    settings: managerSettings,
    clock,
  })
  const app = Fastify({ trustProxy })
  await app.register(sessionsApi, { audit, idempotency, ...options, manager, auth, prefix })
  const url = `${await app.listen({ port, host: '127.0.0.1' })}${prefix}`
  t.teardown(async () => {
    await app.close()
    await manager.close()
    await runs.close()
    await auth.close()
  })
  const as = (name: string) => ({ authorization: `Bearer ${tokens[name]}` })
  return { app, url, store, runs, manager, auth, data, tokens, as }
}

async function addTokens(data: DataDirectory, wanted: readonly NewToken[]) {
  const tokens: Record<string, string> = {}
  for (const facts of wanted) {
    const { token, record } = issueToken(facts)
    await data.records.add(record)
    tokens[facts.name] = token
  }
  return tokens
}

function filledStore(): MemoryStore {
  const store = memoryStore()
  const texts = ['How far are we?', 'Nearly done.', 'Go on then.']
  for (const [key, sessionId] of [
    [MAIN, 'session-main'],
    [WORK, 'session-work'],
  ] as const)
    store.put({ key, sessionId, updatedAtMs: START_MS + 3 }, transcript(sessionId, texts))
  return store
}

/** The path of a session key: one segment. */
export const at = (key: string) => encodeURIComponent(key)
