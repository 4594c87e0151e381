import { randomUUID } from 'node:crypto'
import type { GatewayConnection } from '../../src/runtimes/openclaw-gateway/connection.js'

/** Makes a session and returns its key. */
export async function makeSession(client: GatewayConnection, name: string): Promise<string> {
  const key = `agent:main:${name}-${randomUUID().slice(0, 8)}`
  await client.request('sessions.create', { key }, TURN_MS)
  return key
}

/** Sends a message; `words` name what the model does. Rejects when the gateway refuses it. */
export async function send(
  client: GatewayConnection,
  sessionKey: string,
  words: string,
): Promise<void> {
  const idempotencyKey = randomUUID()
  // A gateway drops a message that it has just had: no two of them are the same.
  const params = { sessionKey, message: `please ${words} ${idempotencyKey}`, idempotencyKey }
  await client.request('chat.send', params, TURN_MS)
}

/** The first turn of a gateway loads half of it. */
const TURN_MS = 60_000
