import { randomBytes } from 'node:crypto'
import { link, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SigningKey } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { syncFolder } from '../system/sync-folder.js'
import { systemCode } from '../system/system-code.js'
import { writeTemporary } from './atomic-file.js'
import { fileProblem } from './file-problem.js'

/** As long as the output of SHA-256; a longer key adds nothing. Source: RFC 2104 §3. */
const KEY_BYTES = 32

/** The signing key in a file of 32 random bytes, made on first use; of two processes that make it at once, one wins. */
export function signingKeyFile(path: string): SigningKey {
  return { read: async () => (await readKey(path)) ?? (await makeKey(path)) }
}

async function readKey(path: string): Promise<Uint8Array | null> {
  try {
    const key = await readFile(path)
    if (key.length === KEY_BYTES) return key
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw fileProblem('read', path, error)
  }
  throw new SessionsError(
    'invalid_setting',
    `The signing key ${path} does not have 32 bytes; remove it and a new one is made (cookies and tickets then end).`,
  )
}

async function makeKey(path: string): Promise<Uint8Array> {
  const key = randomBytes(KEY_BYTES)
  try {
    const temporary = await writeTemporary(path, key)
    await link(temporary, path).finally(() => rm(temporary, { force: true }))
    await syncFolder(dirname(path))
    return key
  } catch (error) {
    const other = systemCode(error) === 'EEXIST' ? await readKey(path) : null
    if (other !== null) return other
    throw fileProblem('write', path, error)
  }
}
