import * as z from 'zod'

/** More of a message than fits a line says nothing here. */
const MAX_WORDS = 88

const Block = z.object({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.unknown().optional(),
})

const Message = z.object({
  role: z.string(),
  content: z.union([z.string(), z.array(Block)]),
  toolCallId: z.string().optional(),
  __openclaw: z.object({ id: z.string() }),
})

/** A message of a transcript as a follower got it. */
export interface HeardMessage {
  readonly id: string
  /** Who says what, on one line. */
  readonly words: string
  /** Ids of the tool calls in it. */
  readonly calls: readonly string[]
  /** Id of the call whose result it is. */
  readonly answers: string | null
}

/** `null` for what is not in the transcript. */
export function readMessage(value: unknown): HeardMessage | null {
  const parsed = Message.safeParse(value)
  if (!parsed.success) return null
  const { __openclaw: meta, content, role, toolCallId } = parsed.data
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  const calls = blocks.flatMap((block) => ('id' in block && block.id ? [block.id] : []))
  const words = blocks.map(wordsOf).join(' ').replaceAll(/\s+/g, ' ').trim()
  return {
    id: meta.id,
    words: `${role.padEnd(10)} ${cut(words)}`,
    calls,
    answers: toolCallId ?? null,
  }
}

function wordsOf(block: z.infer<typeof Block>): string {
  if (block.text !== undefined) return block.text
  if (block.name !== undefined) return `→ ${block.name} ${JSON.stringify(block.arguments ?? {})}`
  return `(${block.type})`
}

function cut(words: string): string {
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words
}
