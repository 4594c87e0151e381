import { readFile } from 'node:fs/promises'
import { CredentialUses, type UseRecords } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { writeAtomic } from './atomic-file.js'
import { fileProblem } from './file-problem.js'

const NOTHING: CredentialUses = { version: 1, tickets: [], endedLogins: [] }

export interface UseFileOptions {
  /** Told when the file was there but of no use; it is begun anew. */
  readonly onProblem?: (error: SessionsError) => void
}

/** Uses of tickets and cookies in a JSON file. A broken one is not worth a service that does not start. */
export function useFile(path: string, { onProblem = () => {} }: UseFileOptions = {}): UseRecords {
  return {
    async load() {
      try {
        return CredentialUses.parse(parseJson(await readFile(path, 'utf8')))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') onProblem(begunAnew(path, error))
        return NOTHING
      }
    },
    async save(uses) {
      try {
        await writeAtomic(path, JSON.stringify(uses))
      } catch (error) {
        throw fileProblem('write', path, error)
      }
    },
  }
}

function begunAnew(path: string, cause: unknown): SessionsError {
  return new SessionsError(
    'unavailable',
    `${path} cannot be used and is begun anew: open stream tickets end, and logins that were signed out are forgotten; remove signing.key to end all of them.`,
    { cause },
  )
}
