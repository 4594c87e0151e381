import { closeSync, openSync, writeSync } from 'node:fs'
import { Conversation } from './conversation.js'

/** Written at a time: a progress bar moves, and nothing large is held. */
const BATCH_CHARS = 4 * 1024 * 1024
/** Turns at the end that are the same in a transcript of any size, so that their newest pages can be compared. */
const TAIL_TURNS = 16
const TAIL_SEED = 7
/** More lines than any body has: the ids and times of the tail follow those of the body. */
const TAIL_COUNT = 1_000_000

export interface TranscriptShape {
  readonly path: string
  readonly sessionId: string
  readonly bytes: number
  /** Short messages only: no tools, nothing huge. Default false. */
  readonly chat?: boolean
}

/** Writes a transcript of about so many bytes; yields the bytes written so far. */
export async function* writeTranscript(shape: TranscriptShape): AsyncGenerator<number> {
  const { bytes, chat = false, path, sessionId } = shape
  const tailBytes = chat ? 0 : Buffer.byteLength(tailText(null, bytes))
  const body = new Conversation(bytes)
  const file = openSync(path, 'w', 0o600)
  try {
    let written = writeSync(file, body.header(sessionId))
    while (written + tailBytes < bytes) {
      written += writeSync(file, batch(body, chat, bytes - written - tailBytes))
      yield written
      // Signals are heard between batches.
      await new Promise(setImmediate)
    }
    if (!chat) yield written + writeSync(file, tailText(body.newest, bytes))
  } finally {
    closeSync(file)
  }
}

function batch(body: Conversation, chat: boolean, room: number): string {
  let text = ''
  while (text.length < Math.min(BATCH_CHARS, room)) {
    text += (chat ? body.shortTurn() : body.turn()).join('')
  }
  return text
}

/** What a small transcript has no room for is left out at its end. */
function tailText(parent: string | null, room: number): string {
  const tail = new Conversation(TAIL_SEED, { parent, count: TAIL_COUNT })
  let text = ''
  for (let turn = 0; turn < TAIL_TURNS && text.length < room; turn++)
    text += tail.turn(true).join('')
  return text
}
