import type { Grant } from '../../contract/grant.js'
import type { SessionManager } from '../../contract/manager.js'
import { Recents } from '../../system/lru.js'

/** Lists that are kept for whoever asks the same before a row changes. */
const MAX_LISTS = 64
/** Bytes in all of them; the largest list has about 1 MiB. */
const MAX_BYTES = 32 * 1024 * 1024

interface Shared {
  readonly made: Promise<Buffer>
  bytes: number
}

const ofManager = new WeakMap<SessionManager, Recents<string, Shared>>()

/**
 * The bytes that `make` returns, made once for all who ask the same of rows that have not changed: `etag` tells, for a
 * question and what the grant sees. Rejects as `make` does, and keeps nothing then.
 */
export async function sharedList(
  manager: SessionManager,
  grant: Grant,
  question: object,
  etag: string,
  make: () => Promise<object>,
): Promise<Buffer> {
  const lists = listsOf(manager)
  const { agents, redact, sessions } = grant
  const name = JSON.stringify([agents, sessions, redact, question, etag])
  const known = lists.get(name)
  if (known !== undefined) {
    try {
      return await known.made
    } catch {
      // Whoever asked first has gone, or failed: this one asks for itself.
    }
  }
  const shared: Shared = { made: bytesOf(make), bytes: 0 }
  lists.set(name, shared)
  try {
    const bytes = await shared.made
    shared.bytes = bytes.length
    return bytes
  } catch (error) {
    lists.delete(name)
    throw error
  }
}

function listsOf(manager: SessionManager): Recents<string, Shared> {
  const known = ofManager.get(manager)
  if (known !== undefined) return known
  const made = new Recents<string, Shared>({
    max: MAX_LISTS,
    maxWeight: MAX_BYTES,
    weightOf: ({ bytes }) => bytes,
  })
  ofManager.set(manager, made)
  return made
}

async function bytesOf(make: () => Promise<object>): Promise<Buffer> {
  return Buffer.from(JSON.stringify(await make()))
}
