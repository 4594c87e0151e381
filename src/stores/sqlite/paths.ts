import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The files that SQLite keeps beside a database. */
export function sideFiles(path: string): { readonly wal: string; readonly shm: string } {
  return { wal: `${path}-wal`, shm: `${path}-shm` }
}

/** The URI by which SQLite opens a file. Source: sqlite.org/uri.html. */
export function databaseUri(path: string, option: 'immutable=1' | 'mode=ro'): string {
  return `file:${pathToFileURL(path).pathname}?${option}`
}

/** A new folder that only this user can enter, and the name of a database in it. */
export async function copyPlace(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sessions-db-'))
  return { folder, path: join(folder, 'copy.sqlite') }
}
