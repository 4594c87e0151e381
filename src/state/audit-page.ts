import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditEntry, type AuditPage, type AuditQuery, type AuditRecord } from '../contract/audit.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { fileProblem } from './file-problem.js'

const FILE = /^\d{13}-[0-9a-f]{8}\.jsonl$/

/** Names of the files of an audit log, newest first. */
export async function auditFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    throw fileProblem('read', folder, error)
  })
  return names.filter((name) => FILE.test(name)).toSorted((a, b) => (a < b ? 1 : -1))
}

/** Reads the newest files first, and no more of them than the page needs. */
export async function readAuditPage(folder: string, query: AuditQuery): Promise<AuditPage> {
  const matches = filterOf(query)
  const found: AuditRecord[] = []
  for await (const record of newestFirst(folder, query.cursor)) {
    if (query.since !== undefined && isBefore(record, query.since)) continue
    if (matches(record)) found.push(record)
    if (found.length > query.limit) break
  }
  const entries = found.slice(0, query.limit)
  const hasMore = found.length > entries.length
  return {
    entries,
    count: entries.length,
    limitApplied: query.limit,
    hasMore,
    nextCursor: hasMore ? (entries.at(-1)?.id ?? null) : null,
  }
}

/** A cursor is the id of an entry: its file, and the number of its line there. */
async function* newestFirst(folder: string, cursor?: string): AsyncGenerator<AuditRecord> {
  const [after, line] = cursor?.split('.') ?? []
  for (const name of await auditFiles(folder)) {
    const id = name.slice(0, -'.jsonl'.length)
    if (after !== undefined && id > after) continue
    const before = id === after ? Number(line) : Number.POSITIVE_INFINITY
    yield* entriesOf(await readOr(join(folder, name)), id, before)
  }
}

/** A torn last line and lines of later versions are passed over. */
function* entriesOf(text: string, file: string, before: number): Generator<AuditRecord> {
  const lines = text.split('\n')
  for (let at = Math.min(lines.length, before) - 1; at >= 0; at--) {
    const entry = parse(lines[at] ?? '')
    if (entry !== null) yield { id: `${file}.${at}`, ...entry }
  }
}

function parse(line: string): AuditEntry | null {
  if (!line.endsWith('}')) return null
  try {
    const parsed = AuditEntry.safeParse(parseJson(line))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Rotation may remove a file between listing and reading. */
async function readOr(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw fileProblem('read', path, error)
  }
}

function filterOf({ action, session, token }: AuditQuery): (entry: AuditEntry) => boolean {
  return (entry) =>
    (action === undefined || entry.action === action) &&
    (session === undefined || namesSession(entry, session)) &&
    (token === undefined || entry.token === token || entry.tokenId === token)
}

/** A sub-agent is found by the kill that took it along. */
function namesSession({ killedSessions, session }: AuditEntry, wanted: string): boolean {
  return session === wanted || (killedSessions?.includes(wanted) ?? false)
}

function isBefore({ at }: AuditEntry, since: string): boolean {
  return Date.parse(at) < Date.parse(since)
}
