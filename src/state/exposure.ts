import { stat } from 'node:fs/promises'
import type { Exposure } from '../contract/state.js'

/** What of a mode lets others than the owner in. */
const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/** Those of the files and folders that other users of this machine may read or write; what is absent is in no danger. */
export async function exposuresOf(
  places: readonly { readonly what: string; readonly path: string }[],
): Promise<Exposure[]> {
  // Modes say nothing there.
  if (process.platform === 'win32') return []
  const found = await Promise.all(places.map(({ path, what }) => exposureOf(what, path)))
  return found.filter((exposure) => exposure !== null)
}

async function exposureOf(what: string, path: string): Promise<Exposure | null> {
  const facts = await stat(path).catch(() => null)
  if (facts === null || (facts.mode & OTHERS) === 0) return null
  const mode = (facts.mode & 0o777).toString(8)
  const may = (facts.mode & OTHERS_WRITE) === 0 ? 'look into' : 'change'
  const wanted = facts.isDirectory() ? '700' : '600'
  return {
    text: `Other users of this machine may ${may} ${what} ${path} (mode ${mode}).`,
    command: `chmod ${wanted} ${quoted(path)}`,
  }
}

/** One word for `sh`. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
