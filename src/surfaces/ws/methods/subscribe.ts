import * as z from 'zod'
import { method } from '../method.js'
import { name, none } from './params.js'

const KeyParams = z.strictObject({ key: name })

/** Source of all four: formats 2026.4 §8, subscriptions. */
export const subscribe = method({
  name: 'sessions.subscribe',
  scope: 'operator.read',
  params: none,
  needs: 'events',
  async handle({ subscriptions }) {
    await subscriptions.subscribe()
    return { subscribed: true }
  },
})

export const unsubscribe = method({
  name: 'sessions.unsubscribe',
  scope: 'operator.read',
  params: none,
  needs: 'events',
  async handle({ subscriptions }) {
    await subscriptions.unsubscribe()
    return { subscribed: false }
  },
})

/** Answers with the canonical key, also for a session that is not there yet: its first message will come. */
export const subscribeMessages = method({
  name: 'sessions.messages.subscribe',
  scope: 'operator.read',
  params: KeyParams,
  needs: 'events',
  async handle({ params, subscriptions }) {
    return { subscribed: true, key: await subscriptions.subscribeMessages(params.key) }
  },
})

export const unsubscribeMessages = method({
  name: 'sessions.messages.unsubscribe',
  scope: 'operator.read',
  params: KeyParams,
  needs: 'events',
  async handle({ params, subscriptions }) {
    return { subscribed: false, key: await subscriptions.unsubscribeMessages(params.key) }
  },
})
