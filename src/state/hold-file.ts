import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { HeldSession, type HoldBook } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { Latest } from '../system/latest.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { writeAtomic } from './atomic-file.js'
import { fileProblem } from './file-problem.js'

const Content = z.object({ version: z.literal(1), holds: z.array(HeldSession) })

/**
 * Holds in a JSON file that is replaced as a whole; changes that come together are written together. Throws
 * `invalid_setting` when the file is broken: to begin it anew would let every paused session go on.
 */
export async function openHoldFile(path: string): Promise<HoldBook> {
  const holds = new Map((await read(path)).map((held) => [held.sessionKey, held]))
  const file = new Latest(async () => {
    const content = { version: 1, holds: [...holds.values()] }
    try {
      await writeAtomic(path, `${JSON.stringify(content, null, 2)}\n`)
    } catch (error) {
      throw fileProblem('write', path, error)
    }
  })
  /** A change that cannot be kept is none: the next write of the file must not bring it after all. */
  const change = async (key: string, held: HeldSession | undefined) => {
    const before = holds.get(key)
    set(holds, key, held)
    try {
      // Also when it is so already: the write that made it so may be on its way.
      await file.save()
    } catch (error) {
      if (holds.get(key) === held) set(holds, key, before)
      throw error
    }
  }
  return {
    all: () => [...holds.values()],
    put: (held) => change(held.sessionKey, held),
    remove: (sessionKey) => change(sessionKey, undefined),
  }
}

function set(holds: Map<string, HeldSession>, key: string, held: HeldSession | undefined): void {
  if (held === undefined) holds.delete(key)
  else holds.set(key, held)
}

async function read(path: string): Promise<HeldSession[]> {
  try {
    return Content.parse(parseJson(await readFile(path, 'utf8'))).holds
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'ENOENT') return []
    if (code !== null) throw fileProblem('read', path, cause)
    throw new SessionsError(
      'invalid_setting',
      `${path} names the paused sessions and cannot be understood; mend it, or remove it to resume them all.`,
      { cause },
    )
  }
}
