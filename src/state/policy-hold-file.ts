import { readFile } from 'node:fs/promises'
import { PolicyHoldFile, type PolicyHoldRecords } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { systemCode } from '../system/system-code.js'
import { parseJson } from '../system/well-formed.js'
import { writeAtomic } from './atomic-file.js'
import { fileProblem } from './file-problem.js'

export interface PolicyHoldFileOptions {
  /** Told when the file was there but of no use; it is begun anew. */
  readonly onProblem?: (error: SessionsError) => void
}

/** Holds of a gateway's sessions in a JSON file. A broken one is not worth a service that does not start. */
export function policyHoldFile(
  path: string,
  { onProblem = () => {} }: PolicyHoldFileOptions = {},
): PolicyHoldRecords {
  return {
    async load() {
      try {
        return PolicyHoldFile.parse(parseJson(await readFile(path, 'utf8'))).holds
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') onProblem(begunAnew(path, error))
        return []
      }
    },
    async save(holds) {
      try {
        await writeAtomic(path, JSON.stringify({ version: 1, holds }))
      } catch (error) {
        throw fileProblem('write', path, error)
      }
    },
  }
}

function begunAnew(path: string, cause: unknown): SessionsError {
  return new SessionsError(
    'unavailable',
    `${path} cannot be used and is begun anew: sessions that were paused on the gateway keep refusing messages until their send policy is set there.`,
    { cause },
  )
}
