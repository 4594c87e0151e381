/** Lines of transcripts as a gateway writes them. */
export interface LineOptions {
  /** Default: the id of the line before. `undefined` in the middle of a transcript leaves the field out. */
  readonly parentId?: string | null
  readonly at?: number
}

const START = Date.UTC(2026, 10, 21, 4, 18, 27)

/** Writes the lines of one transcript: each hangs below the one before unless told otherwise. */
export class TranscriptText {
  #last: string | null = null
  #count = 0

  header(sessionId: string): string {
    return this.#line({ type: 'session', version: 3, id: sessionId, cwd: '/home/openclaw/work' })
  }

  user(id: string, text: string, options: LineOptions = {}): string {
    return this.#entry('message', id, options, { message: { role: 'user', content: text } })
  }

  assistant(id: string, text: string, options: LineOptions & { input?: number } = {}): string {
    const { input = 100 } = options
    return this.#entry('message', id, options, {
      message: {
        role: 'assistant',
        content: [{ type: 'text', text }],
        provider: 'mock',
        model: 'mock-1',
        usage: {
          input,
          output: 10,
          cacheRead: 5,
          cacheWrite: 1,
          totalTokens: input + 16,
          cost: { total: 0.25 },
        },
        stopReason: 'stop',
      },
    })
  }

  toolResult(id: string, text: string, options: LineOptions = {}): string {
    return this.#entry('message', id, options, {
      message: {
        role: 'toolResult',
        toolCallId: 'c1',
        toolName: 'exec',
        content: [{ type: 'text', text }],
      },
    })
  }

  compaction(id: string, options: LineOptions = {}): string {
    return this.#entry('compaction', id, options, { summary: 's', tokensBefore: 900 })
  }

  #entry(type: string, id: string, options: LineOptions, fields: Record<string, unknown>): string {
    const { parentId = this.#last } = options
    this.#last = id
    return this.#line({ type, id, parentId, ...fields })
  }

  #line(fields: Record<string, unknown>): string {
    const timestamp = new Date(START + this.#count++ * 1000).toISOString()
    return `${JSON.stringify({ ...fields, timestamp })}\n`
  }
}

/** A transcript of so many user messages with ids `<prefix>1`, `<prefix>2`, ... */
export function chat(sessionId: string, count: number, prefix = 'm'): string {
  const text = new TranscriptText()
  const lines = Array.from({ length: count }, (_, i) =>
    text.user(`${prefix}${i + 1}`, `text ${i + 1}`),
  )
  return text.header(sessionId) + lines.join('')
}
