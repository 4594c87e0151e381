import { request } from 'undici'
import type { Service } from '../http/service.js'

/** What `/metrics` says of connections, subscriptions and whoever listens to the event log. */
export async function held({ url, as }: Service): Promise<number[]> {
  const answer = await request(`${url}/metrics`, { headers: as('admin') })
  const text = await answer.body.text()
  return ['ws_connections', 'ws_subscriptions', 'event_subscribers'].map((name) =>
    Number(new RegExp(`^sessions_api_${name}(?:{.*})? (\\S+)$`, 'm').exec(text)?.[1]),
  )
}
