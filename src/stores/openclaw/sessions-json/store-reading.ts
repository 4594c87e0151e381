import { unreadableWords } from '../../../system/unreadable.js'
import { type RegularFileVersion, readRegularFile } from '../directory/regular-file.js'
import { EntryDigests } from './entry-digests.js'
import type { FormerTexts } from './former-texts.js'
import { readContent, type StoreContent } from './store-content.js'

/** Longest text that a JavaScript string can hold, less room to spare. */
const MAX_STORE_BYTES = 500 * 1024 * 1024

/** A look at a store file, as it may be asked of a thread. */
export interface StoreJob {
  readonly path: string
  /** To whom keys belong that name no agent. */
  readonly agent: string
  /** The version that was read before, if any, and the digests of what was read. */
  readonly version: RegularFileVersion | null
  readonly digests: Uint8Array
}

/** What a look at a store file found. */
export type StoreReading =
  | { readonly kind: 'same' }
  | { readonly kind: 'read'; readonly version: RegularFileVersion; readonly content: StoreContent }
  /** It is there and no store, as a sentence says. `version` is `null` when it was not even read. */
  | {
      readonly kind: 'problem'
      readonly version: RegularFileVersion | null
      readonly problem: string
    }
  | { readonly kind: 'absent' }

/** Reads a store file unless it still is the known version. `texts`: of former times, where they are kept. */
export async function readStore(job: StoreJob, texts?: FormerTexts): Promise<StoreReading> {
  const { path, version } = job
  const read = await readRegularFile(path, { maxBytes: MAX_STORE_BYTES, known: version })
  if (read.kind === 'same') return read
  if (read.kind === 'read') return readText(read.bytes, read.version, job, texts)
  if (read.kind === 'refused')
    return problem(`The session store ${read.why} and is not read: ${read.remedy}.`)
  if (read.code === 'ENOENT' || read.code === 'ENOTDIR') return { kind: 'absent' }
  return problem(unreadableWords('The session store', read.code))
}

function readText(
  text: Buffer,
  version: RegularFileVersion,
  { agent, digests, path }: StoreJob,
  texts?: FormerTexts,
): StoreReading {
  const known = new EntryDigests(digests, texts?.recall(path, digests))
  const content = readContent(text, agent, known)
  if (typeof content === 'string') return { kind: 'problem', version, problem: content }
  texts?.remember(path, content.digests, text)
  return { kind: 'read', version, content }
}

function problem(sentence: string): StoreReading {
  return { kind: 'problem', version: null, problem: sentence }
}
