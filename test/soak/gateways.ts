import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sessionsFolder } from '../bench/data/state-directory.js'
import type { WriterRequest, WrittenSession } from './writer-process.js'

/** Sessions that each writer has for itself. */
const OWN_SESSIONS = 2

/** Makes a state directory with an agent for each writer; everybody also appends to one session of the first. */
export async function makeGateways(stateDir: string, writers: number): Promise<WriterRequest[]> {
  const names = Array.from({ length: writers }, (_, index) => `w${index + 1}`)
  const all = names.map((name) => gatewayOf(stateDir, name))
  const [first] = all
  if (first === undefined) throw new RangeError('a soak needs a writer')
  const everybodys = sessionOf(first.storeFolder, first.name, 'everybody', true)
  const gateways = all.map((gateway) => ({
    ...gateway,
    sessions: [...gateway.sessions, everybodys],
    storeKeys: gateway === first ? [...gateway.storeKeys, everybodys] : gateway.storeKeys,
  }))
  for (const { storeFolder, storeKeys } of gateways) await begin(storeFolder, storeKeys)
  return gateways
}

function gatewayOf(stateDir: string, name: string): WriterRequest {
  const storeFolder = sessionsFolder(stateDir, name)
  const own = Array.from({ length: OWN_SESSIONS }, (_, at) =>
    sessionOf(storeFolder, name, `own${at}`, false),
  )
  return { name, storeFolder, sessions: own, storeKeys: own }
}

function sessionOf(folder: string, agent: string, name: string, shared: boolean): WrittenSession {
  const sessionId = `${agent}-${name}`
  const path = join(folder, `${sessionId}.jsonl`)
  return { key: `agent:${agent}:${name}`, sessionId, path, shared }
}

/** The store, and for each session a header and a first message, which everything else follows. */
async function begin(storeFolder: string, sessions: readonly WrittenSession[]): Promise<void> {
  const now = new Date()
  const [timestamp, updatedAt] = [now.toISOString(), now.getTime()]
  for (const { path, sessionId } of sessions) {
    const header = { type: 'session', version: 3, id: sessionId, timestamp, cwd: '/home/openclaw' }
    const message = { role: 'user', content: 'begin', timestamp: updatedAt }
    const first = { type: 'message', id: 'begin', parentId: null, timestamp, message }
    await writeFile(path, `${JSON.stringify(header)}\n${JSON.stringify(first)}\n`)
  }
  const entries = sessions.map(({ key, sessionId }) => [key, { sessionId, updatedAt }])
  await writeFile(join(storeFolder, 'sessions.json'), JSON.stringify(Object.fromEntries(entries)))
}
