import { modelOf } from './agents.js'
import type { Hook } from './cast.js'
import type { DemoSession } from './demo-session.js'
import type { Script, SendStep, SpawnStep } from './scripts/script.js'
import type { Job, SessionCard } from './session-card.js'

/** How sessions work together: sub-agents, and messages from one to another. */

/** The session of a sub-agent. Lineage fields as in formats 2026.4 §3. */
export function spawnedCard(parent: DemoSession, step: SpawnStep): SessionCard {
  const { agent, model } = parent
  return {
    key: `agent:${agent}:subagent:${parent.random.uuid()}`,
    agent,
    model,
    facts: {
      spawnDepth: 1,
      subagentRole: 'leaf',
      subagentControlScope: 'none',
      modelOverride: model.id,
      modelOverrideSource: 'auto',
      providerOverride: model.provider,
      spawnedBy: parent.key,
      spawnedWorkspaceDir: parent.cwd,
      label: step.label,
      channel: 'webchat',
      route: { channel: 'webchat' },
      deliveryContext: { channel: 'webchat' },
      lastChannel: 'webchat',
    },
    announces: { to: parent.key, text: step.announcement },
  }
}

export function spawnedJob(step: SpawnStep): Job {
  return { prompt: { from: 'parent', text: step.task }, work: step.work }
}

export function sentJob(from: DemoSession, step: SendStep): Job {
  return {
    prompt: { from: 'session', text: step.message, sourceKey: from.key },
    work: { steps: [], answer: step.reply },
  }
}

/** What a parent says when its sub-agent is done. Nobody asked: only the answer is written. Source: formats 2026.5 §1.11. */
export function announcementJob(text: string): Job {
  return { prompt: null, work: { steps: [], answer: text } }
}

export function peerJob(script: Script): Job {
  return { prompt: { from: 'peer', text: script.prompt }, work: script }
}

export function cronJob(script: Script, job: { id: string; name: string }): Job {
  return { prompt: { from: 'cron', text: script.prompt, job }, work: script }
}

/** The session of one call from outside. */
export function hookCard(hook: Hook, id: string): SessionCard {
  const { agent, name } = hook
  const facts = { label: `Hook: ${name}`, chatType: 'direct' }
  return { key: `agent:${agent}:hook:${id}`, agent, model: modelOf(agent), facts }
}
