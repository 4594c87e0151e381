import { access, constants, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SigningKey, TokenRecords, UseRecords } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { fileProblem } from './file-problem.js'
import { signingKeyFile } from './signing-key-file.js'
import { tokenFile } from './token-file.js'
import { useFile } from './use-file.js'

export interface DataDirectoryOptions {
  /** Where the tokens are. Default `tokens.json` in the directory. */
  readonly tokensFile?: string | undefined
  /** Told of files that became unusable while running, and of those begun anew. */
  readonly onProblem?: (error: SessionsError) => void
}

/** What this service keeps for itself. */
export interface DataDirectory {
  readonly path: string
  readonly tokensPath: string
  readonly records: TokenRecords
  readonly signingKey: SigningKey
  readonly uses: UseRecords
}

/** Opens the data directory, made with mode 0700 if it is not there. Throws `unavailable` when it cannot be written. */
export async function openDataDirectory(
  path: string,
  { tokensFile, onProblem }: DataDirectoryOptions = {},
): Promise<DataDirectory> {
  const directory = resolve(path)
  await ensureDirectory(directory)
  const tokensPath = tokensPathIn(directory, tokensFile)
  const options = onProblem === undefined ? {} : { onProblem }
  return {
    path: directory,
    tokensPath,
    records: tokenFile(tokensPath, options),
    signingKey: signingKeyFile(join(directory, 'signing.key')),
    uses: useFile(join(directory, 'credential-uses.json'), options),
  }
}

/** The tokens file of a data directory, unless another one is set. */
export function tokensPathIn(directory: string, tokensFile?: string): string {
  return resolve(tokensFile ?? join(directory, 'tokens.json'))
}

async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (!(await stat(path)).isDirectory()) throw notADirectory(path)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fileProblem('use the data directory', path, error)
  }
}

function notADirectory(path: string): SessionsError {
  return new SessionsError('unavailable', `The data directory ${path} is not a directory.`)
}
