import type { Random } from '../random.js'

/** Base64 of a picture that a tool returns. */
export interface Picture {
  readonly data: string
  readonly mimeType: string
}

/** A tool call and what comes back. */
export interface ToolStep {
  readonly kind: 'tool'
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly result: string
  /** What the model thinks, and what it says, before it calls. */
  readonly thinking?: string
  readonly saying?: string
  readonly picture?: Picture
  readonly failed?: boolean
  /** Steps of time that the tool takes; default 1. */
  readonly slow?: number
}

/** A sub-agent is sent to work; the turn goes on without it. */
export interface SpawnStep {
  readonly kind: 'spawn'
  readonly label: string
  readonly task: string
  readonly work: Work
  /** What the parent says when the helper is back. */
  readonly announcement: string
}

/** A message to another session, which answers in a turn of its own. */
export interface SendStep {
  readonly kind: 'send'
  readonly to: string
  readonly message: string
  readonly reply: string
}

export type Step = ToolStep | SpawnStep | SendStep

/** What an agent does with a prompt. An answer of `NO_REPLY` is the gateway's way to say nothing. */
export interface Work {
  readonly steps: Iterable<Step>
  readonly answer: string
}

export interface Script extends Work {
  readonly prompt: string
}

/** Makes a new script of the same kind every time. */
export type Scenario = (random: Random) => Script

export function tool(
  name: string,
  args: ToolStep['args'],
  result: string,
  extras: Partial<ToolStep> = {},
): ToolStep {
  return { kind: 'tool', tool: name, args, result, ...extras }
}
