import { modelOf } from './agents.js'
import type { SessionCard } from './session-card.js'
import type { StoreEntry } from './store-file.js'

/** Where people talk to the agents: what the store says of each channel. Source: formats 2026.4 §3, 2026.5 §1.4 and §1.7. */

function card(agent: string, rest: string, facts: StoreEntry, extras: Partial<SessionCard> = {}) {
  return { key: `agent:${agent}:${rest}`, agent, model: modelOf(agent), facts, ...extras }
}

/** The fields by which an entry says where its answers go. */
function delivery(channel: string, chatType: string, to?: string): StoreEntry {
  const target = to === undefined ? {} : { to }
  return {
    chatType,
    channel,
    route: { channel, ...(to === undefined ? {} : { target }) },
    deliveryContext: { channel, ...target },
    lastChannel: channel,
    ...(to === undefined ? {} : { lastTo: to }),
    origin: {
      provider: channel,
      surface: channel,
      chatType,
      ...(to === undefined ? {} : { from: to, to }),
    },
  }
}

/** The direct line to an agent. */
export function webchat(agent: string): SessionCard {
  return card(agent, 'main', delivery('webchat', 'direct'))
}

export function labelled(key: string, agent: string, label: string): SessionCard {
  return { key, agent, model: modelOf(agent), facts: { label, ...delivery('webchat', 'direct') } }
}

export function telegramTopic(): SessionCard {
  const to = 'telegram:-1004127001'
  const facts = {
    ...delivery('telegram', 'group', to),
    subject: 'Festival committee',
    groupId: '-1004127001',
    lastThreadId: 7,
  }
  return card('main', 'telegram:group:-1004127001:topic:7', facts, {
    topic: '7',
    mirrorsDelivery: true,
  })
}

export function telegramDirect(): SessionCard {
  const facts = { ...delivery('telegram', 'direct', 'telegram:55012'), displayName: 'Odile' }
  return card('garden', 'telegram:direct:55012', facts, { mirrorsDelivery: true })
}

export function discord(agent: string, id: string, name: string): SessionCard {
  const facts = {
    ...delivery('discord', 'channel', `channel:${id}`),
    groupChannel: `#${name}`,
    groupId: id,
    space: 'Eddermouth',
  }
  return card(agent, `discord:channel:${id}`, facts)
}

export function slack(): SessionCard {
  const facts = {
    ...delivery('slack', 'channel', 'channel:c04quay'),
    groupChannel: '#quay-watch',
    groupId: 'c04quay',
    space: 'Eddermouth harbour',
  }
  return card('harbour', 'slack:channel:c04quay', facts)
}
