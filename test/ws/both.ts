import type { Test } from 'tap'
import { request } from 'undici'
import { LiveEvent } from '../../src/contract/live-event.js'
import type { EventFrame } from '../../src/contract/ws.js'
import { Client } from './client.js'

/** What an event is about, in words that both surfaces have. */
export type Told = readonly [key: string, what: string]

/** The same session events over a WebSocket and over server-sent events, from the same moment on. */
export interface Both {
  readonly client: Client
  overWs(): Told[]
  overSse(): Told[]
}

const REASONS: Record<string, string> = {
  created: 'create',
  changed: 'patch',
  deleted: 'delete',
  kill: 'abort',
}

/** Subscribes to all rows and to the messages of all sessions. */
export async function subscribeBoth(t: Test, url: string, token: string): Promise<Both> {
  const sse = await openEvents(t, url, token)
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(token)
  await client.ask('sessions.subscribe')
  return {
    client,
    overWs: () => client.events.flatMap(toldByFrame),
    overSse: () => sse.flatMap(toldByEvent),
  }
}

async function openEvents(t: Test, url: string, token: string) {
  const events: LiveEvent[] = []
  const query = '?messages=*&includeTools=1'
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const answer = await request(`${url}/api/events${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  })
  let text = ''
  answer.body.on('error', () => {})
  answer.body.on('data', (chunk) => {
    text += String(chunk)
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const match = /^id: (.+)\nevent: (.+)\ndata: (.+)$/m.exec(block)
      if (match === null) continue
      const [, id, type, data = ''] = match
      events.push(LiveEvent.parse({ id, type, data: JSON.parse(data) }))
    }
  })
  return events
}

function toldByEvent({ data, type }: LiveEvent): Told[] {
  if (type === 'sessions.changed')
    return [[data.sessionKey, data.phase ?? REASONS[data.reason ?? ''] ?? data.reason ?? '']]
  if (type === 'session.message') return [[data.sessionKey, `said ${data.messageId}`]]
  if (type === 'reset' && data.sessionKey !== undefined) return [[data.sessionKey, 'reset']]
  return []
}

function toldByFrame({ event, payload }: EventFrame): Told[] {
  // biome-ignore lint/suspicious/noExplicitAny: both shapes of the payload
  const { messageId, phase, reason, sessionKey } = payload as any
  if (event === 'sessions.changed') return [[sessionKey, phase ?? reason]]
  if (event === 'session.message') return [[sessionKey, `said ${messageId}`]]
  return []
}
