/** Lines of a transcript, as a gateway writes them: each one's parent is the line before it unless it says otherwise. */
export interface LineOptions {
  readonly id: string
  readonly parentId?: string | null
  /** Epoch milliseconds; default: `START_MS`. */
  readonly atMs?: number
}

/** 2026-11-21T04:00:00.000Z */
export const START_MS = Date.parse('2026-11-21T04:00:00.000Z')

export interface Spent {
  readonly input: number
  readonly output: number
  readonly cost?: number
}

export function header(sessionId: string, atMs = START_MS): string {
  const timestamp = new Date(atMs).toISOString()
  return json({ type: 'session', version: 3, id: sessionId, timestamp, cwd: '/work' })
}

export function user(text: string, options: LineOptions): string {
  return line(options, { role: 'user', content: text })
}

export function assistant(content: unknown, spent: Spent, options: LineOptions): string {
  const { cost = 0, input, output } = spent
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return line(options, {
    role: 'assistant',
    content: blocks,
    api: 'openai-completions',
    provider: 'mock',
    model: 'mock-1',
    usage: {
      input,
      output,
      cacheRead: 0,
      cacheWrite: 0,
      totalTokens: input + output,
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: cost },
    },
    stopReason: 'stop',
  })
}

export function toolCall(name: string, args: unknown, options: LineOptions): string {
  const block = { type: 'toolCall', id: 'call-1', name, arguments: args }
  return assistant([block], { input: 1, output: 1 }, options)
}

export function toolResult(text: string, options: LineOptions): string {
  return line(options, {
    role: 'toolResult',
    toolCallId: 'call-1',
    toolName: 'exec',
    content: [{ type: 'text', text }],
    isError: false,
  })
}

export function compaction(tokensBefore: number, options: LineOptions): string {
  const { atMs = START_MS, id, parentId } = options
  const timestamp = new Date(atMs).toISOString()
  const link = parentId === undefined ? {} : { parentId }
  const summary = 'All that was said.'
  return json({
    type: 'compaction',
    id,
    ...link,
    timestamp,
    summary,
    firstKeptEntryId: id,
    tokensBefore,
  })
}

function line({ atMs = START_MS, id, parentId }: LineOptions, message: object): string {
  const timestamp = new Date(atMs).toISOString()
  const link = parentId === undefined ? {} : { parentId }
  return json({ type: 'message', id, ...link, timestamp, message: { ...message, timestamp: atMs } })
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
