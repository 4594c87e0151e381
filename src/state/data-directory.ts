import { access, constants, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { AuditLog } from '../contract/audit.js'
import type {
  Exposure,
  HoldBook,
  Idempotency,
  PolicyHoldRecords,
  SigningKey,
  TokenRecords,
  UseRecords,
} from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { syncFolder } from '../system/sync-folder.js'
import { sweepTemporaryFiles } from '../system/temporary-file.js'
import { answerFile } from './answer-file.js'
import { openAuditFolder } from './audit-folder.js'
import { fileProblem } from './file-problem.js'
import { openHoldFile } from './hold-file.js'
import { openIdempotency } from './idempotency.js'
import { policyHoldFile } from './policy-hold-file.js'
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
  /** Sessions held on a live gateway. */
  readonly policyHolds: PolicyHoldRecords
  /** The secret that makes this service a device of a gateway. */
  readonly gatewayDevice: SigningKey
  /** Opens the book of paused sessions of a runtime, by its id. Throws `invalid_setting` when its file is broken. */
  holds(runtimeId: string): Promise<HoldBook>
  /** Opens the book of answers for writes that are repeated. */
  idempotency(): Promise<Idempotency>
  /** Opens the log of control actions. */
  audit(): Promise<AuditLog>
  /** What of it, and of the tokens file, other users of this machine can get at. */
  exposures(): Promise<readonly Exposure[]>
}

/** Opens the data directory, made with mode 0700 if it is not there. Throws `unavailable` when it cannot be written. */
export async function openDataDirectory(
  path: string,
  { tokensFile, onProblem }: DataDirectoryOptions = {},
): Promise<DataDirectory> {
  const directory = resolve(path)
  await ensureDirectory(directory)
  const tokensPath = tokensPathIn(directory, tokensFile)
  await sweepTemporaryFiles(directory, { nameless: true })
  await sweepTokensFolder(tokensPath)
  const options = onProblem === undefined ? {} : { onProblem }
  return {
    path: directory,
    tokensPath,
    records: tokenFile(tokensPath, options),
    signingKey: signingKeyFile(join(directory, 'signing.key')),
    uses: useFile(join(directory, 'credential-uses.json'), options),
    policyHolds: policyHoldFile(join(directory, 'gateway-holds.json'), options),
    gatewayDevice: signingKeyFile(join(directory, 'gateway-device.key')),
    holds: (runtimeId) => openHoldFile(join(directory, `holds-${plainName(runtimeId)}.json`)),
    idempotency: () =>
      openIdempotency({
        journal: answerFile(join(directory, 'answers.jsonl'), options),
        ...options,
      }),
    audit: () => openAuditFolder(join(directory, 'audit')),
    exposures: () =>
      exposuresOf([
        { what: 'the data directory', path: directory },
        { what: 'the tokens file', path: tokensPath },
        { what: 'the signing key', path: join(directory, 'signing.key') },
        { what: 'the key of this device', path: join(directory, 'gateway-device.key') },
      ]),
  }
}

/** The tokens file of a data directory, unless another one is set. */
export function tokensPathIn(directory: string, tokensFile?: string): string {
  return resolve(tokensFile ?? join(directory, 'tokens.json'))
}

/** A runtime is named by its program; the name becomes part of a file's. */
function plainName(runtimeId: string): string {
  if (/^[a-z][a-z0-9-]{0,63}$/.test(runtimeId)) return runtimeId
  throw new SessionsError(
    'invalid_setting',
    `A runtime that keeps holds needs an id of lower-case letters, digits and dashes, not ${JSON.stringify(runtimeId)}.`,
  )
}

/** The folder of a tokens file may be of others: only what was to become the file, or its lock, is ours. */
async function sweepTokensFolder(tokensPath: string): Promise<void> {
  const target = await realpath(tokensPath).catch(() => tokensPath)
  const ours = `${basename(target)}.`
  await sweepTemporaryFiles(dirname(target), { accepts: (name) => name.startsWith(ours) })
}

async function ensureDirectory(path: string): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncFolder(dirname(made))
    if (!(await stat(path)).isDirectory()) throw notADirectory(path)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fileProblem('use the data directory', path, error)
  }
}

function notADirectory(path: string): SessionsError {
  return new SessionsError('unavailable', `The data directory ${path} is not a directory.`)
}

/** What of a mode lets others than the owner in. */
const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/** Those of the files and folders that other users of this machine may read or write; what is absent is in no danger. */
async function exposuresOf(
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
