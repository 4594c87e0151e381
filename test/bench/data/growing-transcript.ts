import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markerOf } from '../clients/marker.js'
import { Conversation } from './conversation.js'
import { sessionsFolder } from './state-directory.js'

/** Turns that are there before anybody follows. */
const TURNS = 20

/** A transcript to which this process appends. */
export class GrowingTranscript {
  readonly key: string
  readonly path: string
  #parent: string | null
  #count = 0

  private constructor(key: string, path: string, parent: string | null) {
    this.key = key
    this.path = path
    this.#parent = parent
  }

  /** Makes a state directory with one of them. */
  static create(stateDir: string): GrowingTranscript {
    return GrowingTranscript.createAll(stateDir, 1)[0] as GrowingTranscript
  }

  /** Makes a state directory with so many of them. */
  static createAll(stateDir: string, count: number): GrowingTranscript[] {
    const folder = sessionsFolder(stateDir, 'main')
    const store: Record<string, unknown> = {}
    const all = Array.from({ length: count }, (_, index) => {
      const sessionId = `growing-${index}`
      const key = `agent:main:${sessionId}`
      const path = join(folder, `${sessionId}.jsonl`)
      const conversation = new Conversation(index)
      const turns = Array.from({ length: TURNS }, () => conversation.shortTurn().join(''))
      writeFileSync(path, conversation.header(sessionId) + turns.join(''))
      store[key] = { sessionId, updatedAt: Date.now(), status: 'done', channel: 'webchat' }
      return new GrowingTranscript(key, path, conversation.newest)
    })
    writeFileSync(join(folder, 'sessions.json'), JSON.stringify(store, null, 2))
    return all
  }

  /** Appends an answer of so many characters with the broadcast's marker; returns when that was begun. */
  append(broadcast: number, chars: number): bigint {
    this.#count += 1
    const id = `b${this.#count.toString(16).padStart(7, '0')}`
    const text = `${markerOf(broadcast)} ${'lorem ipsum '.repeat(chars / 12)}`
    const at = new Date()
    const message = {
      role: 'assistant',
      content: [{ type: 'text', text }],
      timestamp: at.getTime(),
    }
    const entry = {
      type: 'message',
      id,
      parentId: this.#parent,
      timestamp: at.toISOString(),
      message,
    }
    const line = `${JSON.stringify(entry)}\n`
    this.#parent = id
    const begun = process.hrtime.bigint()
    appendFileSync(this.path, line)
    return begun
  }
}

/** The path that follows a session from now on, one message of history first. */
export function followPath(key: string): string {
  return `/api/sessions/${encodeURIComponent(key)}/history?follow=1&limit=1`
}
