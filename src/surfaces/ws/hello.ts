import { randomUUID } from 'node:crypto'
import type { Grant, Scope } from '../../contract/grant.js'
import type { SessionManager } from '../../contract/manager.js'
import type { HelloOk, Protocol } from '../../contract/ws.js'
import { healthOf, sessionDefaults } from './health.js'
import type { WebSocketLimits } from './limits.js'
import type { Method } from './method.js'

/** Events that every client may get, and those of subscriptions. */
const BROADCASTS = ['connect.challenge', 'tick', 'shutdown']
const LIVE_EVENTS = ['sessions.changed', 'session.message', 'session.tool']

const startedAt = performance.now()

export interface HelloFacts {
  readonly manager: SessionManager
  readonly grant: Grant
  readonly scopes: readonly Scope[]
  readonly protocol: Protocol
  readonly methods: ReadonlyMap<string, Method>
  readonly limits: WebSocketLimits
  /** Of this service. */
  readonly version: string
}

/** The answer to `connect`. Paths of the machine are left out, and so is health for those who may not read. */
export async function helloOf(facts: HelloFacts): Promise<HelloOk> {
  const { grant, limits, manager, methods, protocol, scopes, version } = facts
  const live = [...methods.values()].some((method) => method.needs === 'events')
  return {
    type: 'hello-ok',
    protocol,
    server: { version, connId: randomUUID() },
    features: {
      methods: [...methods.keys()],
      events: live ? [...BROADCASTS, ...LIVE_EVENTS] : BROADCASTS,
    },
    snapshot: {
      presence: [],
      health: scopes.length === 0 ? {} : await healthOf(manager, grant),
      stateVersion: { presence: 0, health: 0 },
      uptimeMs: Math.round(performance.now() - startedAt),
      sessionDefaults: await sessionDefaults(manager, grant),
      authMode: 'token',
    },
    auth: { role: 'operator', scopes: [...scopes] },
    policy: {
      maxPayload: limits.maxPayloadBytes,
      maxBufferedBytes: limits.maxBufferedBytes,
      tickIntervalMs: limits.tickMs,
    },
  }
}
