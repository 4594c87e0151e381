import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Conversation } from './conversation.js'
import { StoreFile } from './store-file.js'

/** Agents and how many sessions each has. */
export type Town = readonly (readonly [agent: string, sessions: number])[]

/** So many agents that share so many sessions evenly. */
export function evenTown(agents: number, sessions: number): Town {
  return Array.from({ length: agents }, (_, index) => [
    `a${String(index + 1).padStart(2, '0')}`,
    Math.floor(sessions / agents) + (index < sessions % agents ? 1 : 0),
  ])
}

/** The folder of an agent's sessions in a state directory, made. */
export function sessionsFolder(stateDir: string, agent: string): string {
  const folder = join(stateDir, 'agents', agent, 'sessions')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Turns of each of many sessions. */
const SHORT_TURNS = 2
/** A transcript in so many is made; the others are the same text under another session's id. */
const TEXTS = 64

/** Writes stores and a short transcript for every session; yields the sessions written so far. */
export async function* writeTown(stateDir: string, town: Town): AsyncGenerator<number> {
  const texts = Array.from({ length: TEXTS }, (_, seed) => shortTranscript(seed))
  let written = 0
  for (const [agent, sessions] of town) {
    const folder = sessionsFolder(stateDir, agent)
    const store = new StoreFile(folder, agent, sessions)
    for (const [index, { sessionId }] of store.entries.entries()) {
      const text = texts[index % TEXTS] as (sessionId: string) => string
      writeFileSync(join(folder, `${sessionId}.jsonl`), text(sessionId), { mode: 0o600 })
      written += 1
      if (written % 500 === 0) {
        yield written
        // Signals are heard in between.
        await new Promise(setImmediate)
      }
    }
    store.write()
  }
  yield written
}

function shortTranscript(seed: number): (sessionId: string) => string {
  const conversation = new Conversation(seed)
  const turns = Array.from({ length: SHORT_TURNS }, () => conversation.shortTurn().join('')).join(
    '',
  )
  return (sessionId) => conversation.header(sessionId) + turns
}

/** A session whose transcript is a file that was made before. */
export interface LinkedSession {
  readonly agent: string
  readonly key: string
  readonly sessionId: string
  readonly transcript: string
}

/** Makes a state directory of sessions whose transcripts are links to files of the same file system. */
export function linkSessions(stateDir: string, sessions: readonly LinkedSession[]): void {
  const stores = new Map<string, Record<string, unknown>>()
  for (const { agent, key, sessionId, transcript } of sessions) {
    const folder = sessionsFolder(stateDir, agent)
    linkSync(transcript, join(folder, `${sessionId}.jsonl`))
    const store = stores.get(folder) ?? {}
    store[key] = { sessionId, updatedAt: Date.now(), status: 'done', channel: 'webchat' }
    stores.set(folder, store)
  }
  for (const [folder, store] of stores)
    writeFileSync(join(folder, 'sessions.json'), JSON.stringify(store, null, 2))
}
