import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One parsed transcript line, as loosely as a test needs it. */
export interface RawLine {
  type: string
  id: string
  parentId?: string | null
  timestamp: string
  message?: {
    role: string
    content: string | { type: string; text?: string; data?: string }[]
    stopReason?: string
    provider?: string
    model?: string
    usage?: { totalTokens: number; cost: { total: number } }
  }
  [field: string]: unknown
}

export type Entries = Record<string, Record<string, unknown>>

export function agentsIn(stateDir: string): string[] {
  return readdirSync(join(stateDir, 'agents')).sort()
}

export function sessionsFolder(stateDir: string, agent: string): string {
  return join(stateDir, 'agents', agent, 'sessions')
}

/** Entries of all agents. */
export function entriesOf(stateDir: string): Entries {
  const all: Entries = {}
  for (const agent of agentsIn(stateDir)) {
    const path = join(sessionsFolder(stateDir, agent), 'sessions.json')
    Object.assign(all, JSON.parse(readFileSync(path, 'utf8')))
  }
  return all
}

/** Every transcript, with its lines; throws where a whole line does not parse. */
export function transcriptsIn(stateDir: string): Map<string, RawLine[]> {
  const transcripts = new Map<string, RawLine[]>()
  for (const agent of agentsIn(stateDir)) {
    const folder = sessionsFolder(stateDir, agent)
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
      transcripts.set(join(folder, name), linesOf(join(folder, name)))
    }
  }
  return transcripts
}

export function linesOf(path: string): RawLine[] {
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line) as RawLine)
}

/** Path within the directory → hash of the content, which names its own directory nowhere; locks left out. */
export function fingerprintOf(stateDir: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of readdirSync(stateDir, { recursive: true }) as string[]) {
    const path = join(stateDir, name)
    if (statSync(path).isDirectory() || name.endsWith('.lock')) continue
    const content = readFileSync(path, 'utf8').replaceAll(stateDir, '<state>')
    files[name] = createHash('sha256').update(content).digest('hex')
  }
  return files
}
