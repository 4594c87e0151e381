// The files of a session as OpenClaw has them: an entry in sessions.json, and one JSON line for each message.

import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Opens the transcript of a session, whose entry is made where there is none; `facts` are further fields of it, such as
 * `spawnedBy`. One process writes a folder at a time: OpenClaw's own lock is not taken here.
 */
export async function openTranscript(stateDir, key, facts = {}) {
  const [, agent] = key.split(':')
  const folder = join(stateDir, 'agents', agent, 'sessions')
  const entered = opening.then(() => enter(folder, key, facts))
  opening = entered.catch(() => {})
  const { sessionId } = await entered
  const path = join(folder, `${sessionId}.jsonl`)
  return {
    /** Whole lines only, one write each: a reader never waits for the rest of one. */
    append: (role, text) => appendFile(path, messageLine(role, text)),
  }
}

/** Entries are made one after the other: each is written with all that were there before. */
let opening = Promise.resolve()

async function enter(folder, key, facts) {
  const store = join(folder, 'sessions.json')
  const entries = await readEntries(store)
  if (entries[key] !== undefined) return entries[key]
  const entry = { sessionId: randomUUID(), updatedAt: Date.now(), ...facts }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${entry.sessionId}.jsonl`), headerLine(entry.sessionId))
  // Renamed into place: a reader sees the old file or the new one, never half of it.
  await writeFile(`${store}.tmp`, JSON.stringify({ ...entries, [key]: entry }, null, 2))
  await rename(`${store}.tmp`, store)
  return entry
}

async function readEntries(store) {
  try {
    return JSON.parse(await readFile(store, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

function headerLine(id) {
  const timestamp = new Date().toISOString()
  return `${JSON.stringify({ type: 'session', version: 3, id, timestamp, cwd: process.cwd() })}\n`
}

/** Without a `parentId` a line follows the line before it. */
function messageLine(role, text) {
  const now = new Date()
  const message = { role, content: [{ type: 'text', text }], timestamp: now.getTime() }
  const id = randomUUID().slice(0, 8)
  return `${JSON.stringify({ type: 'message', id, timestamp: now.toISOString(), message })}\n`
}
