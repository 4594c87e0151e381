import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AuditLog } from '../contract/audit.js'
import { Latest } from '../system/latest.js'
import { syncFolder } from '../system/sync-folder.js'
import { systemCode } from '../system/system-code.js'
import { auditFiles, readAuditPage } from './audit-page.js'
import { fileProblem } from './file-problem.js'
import { LineFile } from './line-file.js'

/** A file is begun anew at this size: reading a page parses one file after the other, and must not stall the service. */
export const MAX_AUDIT_FILE_BYTES = 1024 * 1024
/** Older files are removed: some 250,000 actions are kept. Without a bound a busy console fills the disk. */
export const MAX_AUDIT_FILES = 64

export interface AuditFolderOptions {
  readonly maxFileBytes?: number
  readonly maxFiles?: number
}

/**
 * The audit log as JSON lines in a folder. A file is named after the time it was begun and only ever appended to; each
 * process begins its own, so that two never write into each other's lines.
 */
export async function openAuditFolder(
  folder: string,
  { maxFileBytes = MAX_AUDIT_FILE_BYTES, maxFiles = MAX_AUDIT_FILES }: AuditFolderOptions = {},
): Promise<AuditLog> {
  await ensureFolder(folder)
  let file: LineFile | null = null
  /** Of the newest file: the next one sorts behind it, even in the same millisecond or after a clock that was set back. */
  let begunMs = await newestMs(folder)
  const pending: string[] = []
  const writer = new Latest(async () => {
    const lines = pending.splice(0)
    await ensureFolder(folder)
    if (file === null || file.bytes >= maxFileBytes) {
      begunMs = Math.max(Date.now(), begunMs + 1)
      file = new LineFile(join(folder, nameOf(begunMs)))
      await removeOldest(folder, maxFiles)
    }
    await file.append(lines)
  })
  return {
    append(entry) {
      pending.push(JSON.stringify(entry))
      return writer.save()
    },
    page: (query) => readAuditPage(folder, query),
  }
}

/**
 * The data directory may be made anew while the service runs, and its log begins anew in it. One that is gone is not made
 * again: an unmounted disk is no place for a log.
 */
async function ensureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
    await syncFolder(dirname(folder))
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileProblem('use the audit log', folder, error)
  }
}

/** Sorts by time; the rest tells processes apart that begin a file at once. */
function nameOf(begunMs: number): string {
  return `${String(begunMs).padStart(13, '0')}-${randomBytes(4).toString('hex')}.jsonl`
}

async function newestMs(folder: string): Promise<number> {
  const [newest] = await auditFiles(folder)
  return newest === undefined ? 0 : Number.parseInt(newest, 10)
}

/** Room for the file that is about to be begun. */
async function removeOldest(folder: string, maxFiles: number): Promise<void> {
  const names = await auditFiles(folder)
  for (const name of names.slice(maxFiles - 1)) await rm(join(folder, name), { force: true })
}
